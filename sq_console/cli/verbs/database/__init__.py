"""Verbs about the database itself: its tables, and whether all is right with it."""
