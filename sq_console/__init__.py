"""sq-console: a terminal console and queue processor for HTTP jobs kept in a MySQL
table.
"""

__version__ = "1.0.0"
