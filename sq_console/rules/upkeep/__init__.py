"""Decisions about what is pruned, and how fast."""
