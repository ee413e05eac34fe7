"""What operators do to jobs."""
