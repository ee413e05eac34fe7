"""Comparing a database's tables with schema.sql: what is missing, what to do."""

from collections.abc import Sequence

from sq_console.errors import StoreRefused
from sq_console.model import Finding
from sq_console.store.schema import TableSchema

MIGRATE = "run `sq-console migrate`"
KEY_IS_FOR = {
    "claim": "a claim locks the whole backlog",
    "due": "each look for due jobs reads the whole backlog",
    "host": "a claim beside held hosts reads all of their jobs",
    "finished": "lists of what has ended, and pruning, read all of it",
    "host_finished": "what ended at one host is found by reading all that ended",
    "bulk": "jobs that a bulk action changed are found by reading all",
    "claimed_by": "kills and rescues read every job",
    "job": "the log of one job is found by reading all of it",
    "bulk_state": "bulk actions under way are found by reading all",
    "activity_who": "what one person did is found by reading all",
    "processor_lost": "processors lost within a day are found by reading all",
    "host_minute": "the rates of hosts are found by reading all minutes",
}
"""What is so without it."""


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
            MIGRATE,
        )
    if keys:
        text = f"table {table.name} lacks the keys {', '.join(keys)}"
        lacks = "; ".join(f"without {key} {KEY_IS_FOR[key]}" for key in keys)
        return Finding(False, text, f"{key_advice}; {lacks}")
    return Finding(True, f"table {table.name}")


def refuse_incomplete(table: TableSchema, columns: Sequence[str]) -> None:
    """Raise StoreRefused when *table* is there without *columns*: it is the
    ancestor's, or older than this program, and not ours to change unasked.
    """
    if columns:
        raise StoreRefused(
            f"table {table.name} is there, but lacks {', '.join(columns)};"
            f" nothing was changed; {MIGRATE}"
        )
