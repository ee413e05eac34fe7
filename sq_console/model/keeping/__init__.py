"""Values of what keeps a queue small: how long rows are kept."""
