"""Where jobs are kept: the only package with SQL and drivers.

`open_store` gives a blocking `Store` for one thread; `StoreLane` awaits one from async
code. Engines differ in how they connect (`engines/`) and in some words of their SQL
(`dialect`); every statement is written once.
"""

from sq_console.store.assembly import Store, open_store

__all__ = ["Store", "open_store"]
