"""The processor without a screen: signals, log lines, systemd.

It tells on standard error what the processor does, and ends it when asked. Nothing here
decides anything about jobs.
"""
