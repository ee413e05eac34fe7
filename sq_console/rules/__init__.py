"""Decisions as pure functions: no I/O, no clock; `now` is an argument."""
