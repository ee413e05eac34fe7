"""Where jobs are kept: the only package with SQL and drivers.

`open_store` gives a blocking `Store` for one thread; `StoreLane` awaits one from async
code. Engines differ in how they connect (`engines/`) and in some words of their SQL
(`dialect`); every statement is written once.
"""

from sq_console.config import DbSettings
from sq_console.store.parts import Store

__all__ = ["Store", "open_store"]


def open_store(
    db: DbSettings, *, create: bool = False, read_only: bool = False
) -> Store:
    """Connect to the database *db* names; with *create* an embedded one is made when
    its file is not there. What is *read_only* the database itself keeps from writing.
    Raises StoreUnavailable, with advice where there is some,
    and StoreRefused.
    """
    # Loaded here: the console must start quickly.
    from sq_console.store.assembly import connect

    return connect(db, create=create, read_only=read_only)
