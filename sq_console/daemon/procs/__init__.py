"""Several processors on one machine, and their supervisor."""
