"""Jobs that ended before a moment: found along the key `finished`, without a lock, and
deleted with their log by primary key.

What is deleted is decided under the jobs' own locks: only those that are still finished
in the same state, and still ended before the moment. A job that an operator retried
meanwhile is pending or ended later, and stays. Locked jobs are left to the next pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import PruneCut, Pruned, PruneKind
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.store.retention.whole_rows import RowSink, WholeRows

MOST_LOG_ROWS = 2_000
"""So many rows of the log are deleted in one transaction; of a job that has more, its
log goes first, in several.
"""

_SAME_TIME = """
SELECT id, last_finished_at FROM queued_job {use_finished}
 WHERE state = %s AND last_finished_at = %s AND id > %s
 ORDER BY id LIMIT %s"""
_LATER = """
SELECT id, last_finished_at FROM queued_job {use_finished}
 WHERE state = %s AND last_finished_at > %s AND last_finished_at < %s
 ORDER BY last_finished_at, id LIMIT %s"""
_LOCK = """
SELECT id FROM queued_job {use_primary}
 WHERE state = %s AND last_finished_at < %s AND id IN """
_LOG = """
SELECT id, job_id FROM queued_job_log {use_job} WHERE job_id IN """
_DELETE_LOG = "DELETE {of_t} FROM queued_job_log AS t {use_primary} WHERE t.id IN "
_DELETE = "DELETE {of_t} FROM queued_job AS t {use_primary} WHERE t.id IN "
_ENDLESS = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_finished}
 WHERE state = %s AND last_finished_at IS NULL LIMIT %s) AS capped"""

_FIRST_TIME = "1970-01-01 00:00:01"


@dataclass(frozen=True, slots=True)
class EndedPlace:
    """Where the next page of one state begins: after this job."""

    at: str = _FIRST_TIME
    """Its `last_finished_at`."""
    id: int = 0


@dataclass(frozen=True, slots=True)
class DeletedJobs:
    """What a batch has deleted."""

    pruned: Pruned
    is_whole: bool
    """False: more of the log of the same jobs is to be deleted first."""


class OldJobs:
    """Jobs to be pruned, over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._whole_rows = WholeRows(session)

    def page(
        self, cut: PruneCut, after: EndedPlace, limit: int
    ) -> tuple[list[int], EndedPlace]:
        """Return the ids of the next jobs, those that ended first first, and where to
        go on.
        """
        state, before = cut.kind.value, rows.stamp(cut.before)
        found: list[Row] = []
        if after.id:
            found = self._session.rows(_SAME_TIME, (state, after.at, after.id, limit))
        if len(found) < limit:
            params = (state, after.at, before, limit - len(found))
            found = [*found, *self._session.rows(_LATER, params)]
        if not found:
            return [], after
        last = found[-1]
        place = EndedPlace(
            rows.as_text(last["last_finished_at"]), rows.whole(last["id"])
        )
        return [rows.whole(row["id"]) for row in found], place

    def endless(self, state: PruneKind, most: int) -> int:
        """Return how many jobs in *state* have no time at which they ended, *most* at
        most: they are never pruned.
        """
        found = self._session.rows(_ENDLESS, (state.value, most))
        return rows.whole(found[0]["n"])

    def delete(
        self, cut: PruneCut, ids: Sequence[int], sink: RowSink | None
    ) -> DeletedJobs:
        """Within a transaction: delete those of the jobs that are still to be pruned.
        *sink* gets what goes first.
        """
        mine = self._lock(cut, ids)
        if not mine:
            return DeletedJobs(Pruned(), is_whole=True)
        log = self._log_of(mine)
        is_whole = len(log) < MOST_LOG_ROWS
        if not is_whole:
            last = rows.whole(log[-1]["job_id"])  # its log may be longer
            mine = [job_id for job_id in mine if job_id < last]
        log_ids = sorted(rows.whole(row["id"]) for row in log)
        if sink is not None:
            self._whole_rows.hand_on_jobs(mine, sink)
            self._whole_rows.hand_on("queued_job_log", log_ids, sink)
            sink.sync()
        self._delete(_DELETE_LOG, log_ids)
        self._delete(_DELETE, mine)
        pruned = Pruned({cut.kind: len(mine), PruneKind.LOG: len(log_ids)})
        return DeletedJobs(pruned, is_whole)

    def _lock(self, cut: PruneCut, ids: Sequence[int]) -> list[int]:
        if not ids:
            return []
        statement = f"{_LOCK}{in_list(ids)} ORDER BY id {{skip_locked}}"
        params = (cut.kind.value, rows.stamp(cut.before), *sorted(ids))
        return [rows.whole(row["id"]) for row in self._session.rows(statement, params)]

    def _log_of(self, ids: Sequence[int]) -> list[Row]:
        statement = f"{_LOG}{in_list(ids)} ORDER BY job_id, id LIMIT {MOST_LOG_ROWS}"
        return self._session.rows(statement, ids)

    def _delete(self, statement: str, ids: Sequence[int]) -> None:
        if ids:
            self._session.execute(f"{statement}{in_list(ids)}", ids)
