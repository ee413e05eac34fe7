"""Inserting rows that have a past, many in one statement: jobs that ended an hour ago,
their log, the sums of those minutes. The demo's incident and tests are made of them;
nothing else inserts what has not just happened.
"""

from collections.abc import Sequence
from itertools import islice

from sq_console.store.protocols import Session

_ROWS_PER_STATEMENT = 200


def insert_rows(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
) -> None:
    """Insert *rows* into *table*, in order. The caller opens the transaction."""
    marks = f"({', '.join(['%s'] * len(columns))})"
    left = iter(rows)
    while chunk := list(islice(left, _ROWS_PER_STATEMENT)):
        session.execute(
            # Names of our own schema, never foreign text.
            f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608
            f" VALUES {', '.join([marks] * len(chunk))}",
            [value for row in chunk for value in row],
        )
