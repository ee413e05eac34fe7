"""The rows of the screens beside the lists of jobs."""
