"""Whatever dies, no job is lost, and none is called twice without a fault that explains
it: shown by breaking things on purpose.

The default suite runs a short dose of every scenario. `python -m tests.faults --full`
runs the whole and prints a table; names choose scenarios (`--list` shows them).
"""
