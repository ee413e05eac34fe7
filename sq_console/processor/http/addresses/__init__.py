"""Looks up the addresses of host names, and refuses those that must not be called."""
