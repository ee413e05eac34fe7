"""sq-console: a terminal console and queue processor for HTTP jobs kept in a MySQL
table.
"""

__version__ = "1.0.0"
RELEASED = "2026-11-27"
"""The day of this version, which its man page has."""
