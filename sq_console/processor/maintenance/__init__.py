"""Periodic duties of every processor: one a file, all run by the heartbeat."""
