"""Screens beside the lists of jobs: who processes, who did what."""
