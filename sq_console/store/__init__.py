"""Where jobs are kept: the only package with SQL and drivers.

`open_store` gives a blocking `Store` for one thread; `StoreLane` awaits one from async
code. What differs between MySQL and SQLite is how they connect, claim and record
(`mysql*.py`, `sqlite*.py`); everything else is said once.
"""

from sq_console.config import DbSettings
from sq_console.store.protocols import Store


def open_store(db: DbSettings, *, create: bool = False) -> Store:
    """Connect to the database *db* names; with *create* an embedded one is made when
    its file is not there. Raises StoreUnavailable, StoreRefused.
    """
    # Each driver is loaded only where it is used: start-up time is part of the
    # console's feel.
    if db.engine == "sqlite":
        from sq_console.store.engines.sqlite.session import open_sqlite

        return open_sqlite(db, create=create)
    from sq_console.store.engines.mysql.session import open_mysql

    return open_mysql(db)
