"""The processor without a screen: signals, log lines, systemd.

It writes to standard error what the processor does, and stops it on a signal. Nothing
here decides anything about jobs.
"""
