"""The columns of lists of jobs: what their cells say."""
