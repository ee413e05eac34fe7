"""Several processor processes on one machine, and their supervisor."""
