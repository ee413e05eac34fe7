"""Tables of the screens beside the lists of jobs: titles and rows."""
