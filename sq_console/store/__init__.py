"""Where jobs are kept: the only package with SQL and drivers.

`open_store` gives a blocking `Store` for one thread; `StoreLane` awaits one from async
code. Engines differ in how they connect (`engines/`) and in some words of their SQL
(`dialect`); every statement is written once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sq_console.config import DbSettings
from sq_console.store.parts import Store

if TYPE_CHECKING:
    from sq_console.store.protocols import Migrator

__all__ = ["Store", "open_migrator", "open_store"]


def open_store(
    db: DbSettings,
    *,
    create: bool = False,
    read_only: bool = False,
    any_schema: bool = False,
) -> Store:
    """Connect to the database *db* names; with *create* an embedded one is made when
    its file is not there, and any schema is taken. What is *read_only* the database
    itself keeps from writing. Raises StoreUnavailable, with advice where there is some,
    StoreRefused, and SchemaMismatch unless *any_schema* is taken.
    """
    # Loaded here: the console must start quickly.
    from sq_console.store.assembly import connect

    store = connect(db, create=create, read_only=read_only)
    if not (create or any_schema):
        try:
            store.require_schema()
        except BaseException:
            store.close()
            raise
    return store


@contextmanager
def open_migrator(db: DbSettings) -> "Iterator[Migrator]":
    """Connect to the database *db* names, whatever schema it has. Raises as
    `open_store`.
    """
    from sq_console.store.assembly import connect_migrator

    session, migrator = connect_migrator(db)
    try:
        yield migrator
    finally:
        session.disconnect()
