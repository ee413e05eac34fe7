"""Foreign text, sanitized and redacted; numbers, times and the log's sentences."""
