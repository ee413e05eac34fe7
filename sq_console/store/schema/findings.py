"""Comparing a database's tables with schema.sql: what is missing, what to do."""

from collections.abc import Sequence

from sq_console.errors import StoreRefused
from sq_console.model import Finding
from sq_console.store.schema import TableSchema


def compare(
    table: TableSchema,
    columns: Sequence[str] | None,
    keys: Sequence[str],
    key_advice: str,
) -> Finding:
    """Return the finding of `check` on *table*, in which *columns* (None: the whole
    table) and *keys* are missing.
    """
    if columns is None:
        return Finding(False, f"no table {table.name}", "run `sq-console init`")
    if columns:
        return Finding(
            False,
            f"table {table.name} lacks the columns {', '.join(columns)}",
            "add them as in schema.sql; init makes tables, it changes none",
        )
    if keys:
        text = f"table {table.name} lacks the keys {', '.join(keys)}"
        return Finding(False, text, key_advice)
    return Finding(True, f"table {table.name}")


def refuse_incomplete(table: TableSchema, columns: Sequence[str]) -> None:
    """Raise StoreRefused when *table* is there without *columns*: it is the
    ancestor's, or older than this program, and not ours to change unasked.
    """
    if columns:
        raise StoreRefused(
            f"table {table.name} is there, but lacks {', '.join(columns)};"
            " nothing was changed. Add the columns and keys as in schema.sql"
        )
