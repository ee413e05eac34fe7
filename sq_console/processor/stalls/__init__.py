"""Which part of a processor stands still: its event loop, or the work of one lane.

A statement has a deadline and an outage ends each wait with an error, so that a
processor goes on moving while the database is away. What does not move for much longer
than that hangs, and only a new process helps. Everything here may be read on any
thread: the one that asks is not the one that hangs.
"""
