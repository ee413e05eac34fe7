"""Whole rows, as an export has them: every column there is, those too that we do not
know.

A body is read as the bytes of its column. A long one is read in pieces: a row that is
longer than the server's packet would not come at all.
"""

from collections.abc import Sequence
from itertools import count
from typing import Protocol

from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session


class RowSink(Protocol):
    """Where rows are kept before they are deleted. It may get rows again, when the
    database gave up on the transaction that was to delete them.
    """

    def write_rows(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows of a table."""

    def sync(self) -> None:
        """Return when all that was written is safe."""


ROWS_AT_ONCE = 100
PIECE_CHARS = 250_000

_COLUMNS = "{columns_of}"
_SHORT_BODIES = """
SELECT id, {body} AS body FROM queued_job {use_primary}
 WHERE {body_length} <= {long_body} AND id IN """
_LONG_BODIES = """
SELECT id FROM queued_job {use_primary} WHERE {body_length} > {long_body} AND id IN """
_PIECE = """
SELECT {body_piece} AS piece FROM queued_job {use_primary} WHERE id = %s"""


class WholeRows:
    """Whole rows over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def hand_on(self, table: str, ids: Sequence[int], sink: RowSink) -> None:
        """Hand the rows with these ids on, in pieces, by id."""
        for some in _parts(ids):
            those = f"WHERE id IN {in_list(some)} ORDER BY id"
            statement = f"SELECT * FROM {table} {{use_primary}} {those}"  # noqa: S608 - a name of ours
            sink.write_rows(table, self._session.rows(statement, some))

    def hand_on_jobs(self, ids: Sequence[int], sink: RowSink) -> None:
        """Hand whole jobs on, in pieces, by id."""
        if not ids:
            return
        names = self._session.rows(_COLUMNS, ("queued_job",))
        columns = [rows.as_text(row["name"]) for row in names]
        listed = ", ".join(_quoted(name) for name in columns if name != "body")
        for some in _parts(ids):
            those = f"WHERE id IN {in_list(some)} ORDER BY id"
            statement = f"SELECT {listed} FROM queued_job {{use_primary}} {those}"  # noqa: S608 - names, quoted
            bodies = self._bodies(some)
            found = self._session.rows(statement, some)
            sink.write_rows("queued_job", [_with_body(row, bodies) for row in found])

    def _bodies(self, ids: Sequence[int]) -> dict[int, bytes | None]:
        """Return the bodies of these jobs, without those that are NULL."""
        found = self._session.rows(f"{_SHORT_BODIES}{in_list(ids)}", ids)
        bodies = {rows.whole(it["id"]): rows.blob_or_none(it["body"]) for it in found}
        for row in self._session.rows(f"{_LONG_BODIES}{in_list(ids)}", ids):
            job_id = rows.whole(row["id"])
            bodies[job_id] = self._long_body(job_id)
        return bodies

    def _long_body(self, job_id: int) -> bytes:
        pieces: list[bytes] = []
        for start in count(1, PIECE_CHARS):
            found = self._session.rows(_PIECE, (start, PIECE_CHARS, job_id))
            piece = rows.blob_or_none(found[0]["piece"]) if found else None
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
        raise AssertionError("unreachable")


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[at : at + ROWS_AT_ONCE] for at in range(0, len(ids), ROWS_AT_ONCE)]


def _with_body(row: Row, bodies: dict[int, bytes | None]) -> Row:
    return {**row, "body": bodies.get(rows.whole(row["id"]))}


def _quoted(name: str) -> str:
    """Return a column's name, whatever is in it, for a statement."""
    escaped = name.replace("`", "``").replace("%", "%%")
    return f"`{escaped.replace('{', '{{').replace('}', '}}')}`"
