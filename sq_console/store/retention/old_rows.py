"""Old rows of tables that have no jobs: the log, what operators did, bulk actions that
have ended. Each is walked by primary key.

Of the log only rows of finished jobs go, of jobs that are gone, and of no job: a job
that is not finished keeps its history. The end of the walk is found first: ids are
given in the order of time, nearly; a row that is younger than its neighbours stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import PruneCut, Pruned, PruneKind
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.store.queries.first_id import FROM_LOG_ROW, first_id_since
from sq_console.store.retention.whole_rows import RowSink, WholeRows

_LOG_ROWS = """
SELECT l.id, l.created_at AS at, j.state IN ('pending', 'running') AS is_kept
  FROM queued_job_log AS l {use_primary} LEFT JOIN queued_job AS j ON j.id = l.job_id
 WHERE l.id > %s AND l.id < %s ORDER BY l.id LIMIT %s"""
_ACTIVITY_ROWS = """
SELECT id, created_at AS at, 0 AS is_kept FROM queued_job_activity {use_primary}
 WHERE id > %s AND id < %s ORDER BY id LIMIT %s"""
_BULK_ROWS = """
SELECT id, ended_at AS at, state IN ('running', 'pulling') AS is_kept
  FROM queued_job_bulk {use_primary}
 WHERE id > %s AND id < %s ORDER BY id LIMIT %s"""
_DELETE_LOG = "DELETE {of_t} FROM queued_job_log AS t {use_primary} WHERE t.id IN "
_DELETE_ACTIVITY = (
    "DELETE {of_t} FROM queued_job_activity AS t {use_primary} WHERE t.id IN "
)
_DELETE_BULK = """
DELETE {of_t} FROM queued_job_bulk AS t {use_primary}
 WHERE t.state NOT IN ('running', 'pulling') AND t.ended_at < %s AND t.id IN """
_LAST_LOG_ID = "SELECT MAX(id) AS id FROM queued_job_log"
_LAST_ACTIVITY_ID = "SELECT MAX(id) AS id FROM queued_job_activity"
_LAST_BULK_ID = "SELECT MAX(id) AS id FROM queued_job_bulk"
_FROM_ACTIVITY = """
SELECT id, created_at FROM queued_job_activity {use_primary}
 WHERE id >= %s ORDER BY id LIMIT 1"""
_FROM_BULK = """
SELECT id, created_at FROM queued_job_bulk {use_primary}
 WHERE id >= %s ORDER BY id LIMIT 1"""


@dataclass(frozen=True, slots=True)
class _OldTable:
    name: str
    last_id: str
    from_id: str
    page: str
    delete: str


_TABLES = {
    PruneKind.LOG: _OldTable(
        "queued_job_log", _LAST_LOG_ID, FROM_LOG_ROW, _LOG_ROWS, _DELETE_LOG
    ),
    PruneKind.ACTIVITY: _OldTable(
        "queued_job_activity",
        _LAST_ACTIVITY_ID,
        _FROM_ACTIVITY,
        _ACTIVITY_ROWS,
        _DELETE_ACTIVITY,
    ),
    PruneKind.BULK: _OldTable(
        "queued_job_bulk", _LAST_BULK_ID, _FROM_BULK, _BULK_ROWS, _DELETE_BULK
    ),
}


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where the next page of a table begins, and where the last one ends."""

    after_id: int
    end_id: int
    """The first id that is too young."""


class OldRows:
    """Old rows over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._whole_rows = WholeRows(session)

    def begin(self, cut: PruneCut) -> RowPlace:
        """Return where to begin."""
        table = _TABLES[cut.kind]
        last = rows.whole(self._session.rows(table.last_id)[0]["id"])
        end = first_id_since(self._session, table.from_id, last, cut.before)
        return RowPlace(0, end)

    def page(
        self, cut: PruneCut, place: RowPlace, limit: int
    ) -> tuple[list[int], RowPlace | None]:
        """Return the ids of the next rows to be pruned, and where to go on; None when
        there are no more.
        """
        params = (place.after_id, place.end_id, limit)
        found = self._session.rows(_TABLES[cut.kind].page, params)
        ids = [rows.whole(row["id"]) for row in found if _is_old(row, cut)]
        if len(found) < limit:
            return ids, None
        return ids, RowPlace(rows.whole(found[-1]["id"]), place.end_id)

    def delete(self, cut: PruneCut, ids: Sequence[int], sink: RowSink | None) -> Pruned:
        """Within a transaction: delete these rows; *sink* gets them first."""
        if not ids:
            return Pruned()
        table = _TABLES[cut.kind]
        if sink is not None:
            self._whole_rows.hand_on(table.name, ids, sink)
            sink.sync()
        again = [rows.stamp(cut.before)] if cut.kind is PruneKind.BULK else []
        statement = f"{table.delete}{in_list(ids)}"
        return Pruned({cut.kind: self._session.execute(statement, (*again, *ids))})


def _is_old(row: Row, cut: PruneCut) -> bool:
    at = rows.moment(row["at"])
    return at is not None and at < cut.before and not rows.whole(row["is_kept"])
