"""Foreign and human text: sanitized, redacted, worded."""
