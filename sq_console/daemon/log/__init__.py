"""The lines a daemon writes."""
