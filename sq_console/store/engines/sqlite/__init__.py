"""Embedded SQLite, for the demo and for tests."""
