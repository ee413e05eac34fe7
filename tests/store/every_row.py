"""Whole rows of a table, for tests that look at what no query of the product shows."""

from collections.abc import Sequence

from sq_console.store import Store
from sq_console.store.protocols import Row


def rows_of(store: Store, table: str, where: str = "") -> Sequence[Row]:
    condition = f" WHERE {where}" if where else ""
    return store.session.rows(f"SELECT * FROM {table}{condition}")
