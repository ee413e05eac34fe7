"""Retention: rows that are old enough are deleted, in batches of their own, whose locks
nobody else waits for.
"""
