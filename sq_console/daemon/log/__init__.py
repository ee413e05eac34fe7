"""The log lines of a daemon: their text, their format and where they are written."""
