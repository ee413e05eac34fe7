"""Decisions about the database itself: whether jobs may be called from it."""
