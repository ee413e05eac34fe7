"""Pulling back what a bulk action has retried and nobody has called since."""

from dataclasses import dataclass

from sq_console.model import BulkRow, LogEvent
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Row, Session
from sq_console.text.log_messages import noted

_BATCH = 500

_PAGE = """
SELECT id FROM queued_job {use_bulk} WHERE bulk_id = %s AND id > %s
 ORDER BY id LIMIT %s"""
_LOCK = """
SELECT id, bulk_id, state, result_code, last_error, attempts, requeued_from,
       last_started_at, last_finished_at
  FROM queued_job {use_primary} WHERE id IN """
_PULL_BACK = """
UPDATE queued_job {use_primary}
   SET result_code = %s, last_error = COALESCE(last_error, %s),
       last_finished_at = COALESCE(last_finished_at, {now_secs}),
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       kill_requested_at = kill_requested_at
 WHERE id IN """
# A time that must not change is assigned to itself: see `mysql.on_update_times`.


@dataclass(frozen=True, slots=True)
class PulledBatch:
    """The result of a batch."""

    jobs: int
    last_id: int
    is_over: bool


def pull_batch(session: Session, bulk: BulkRow, after_id: int) -> PulledBatch:
    """Within a transaction: pull back the next jobs of *bulk* above *after_id*. A
    locked one is being claimed: its call is made.
    """
    page = session.rows(_PAGE, (bulk.id, after_id, _BATCH))
    ids = [rows.whole(row["id"]) for row in page]
    if not ids:
        return PulledBatch(0, after_id, is_over=True)
    locked = session.rows(f"{_LOCK}{in_list(ids)} ORDER BY id {{skip_locked}}", ids)
    ours = [row for row in locked if _waits_for_its_retry(row, bulk)]
    killed = [rows.whole(row["id"]) for row in ours if _ends_killed(row)]
    failed = [rows.whole(row["id"]) for row in ours if not _ends_killed(row)]
    for result_code, error, same in ((3, "killed", killed), (1, None, failed)):
        if same:
            session.execute(f"{_PULL_BACK}{in_list(same)}", (result_code, error, *same))
    who = bulk.stopped_by or bulk.who
    note = f"Job pulled back by {who}, bulk action {bulk.id}"
    write_log(
        session,
        [
            LogRow(job_id, noted(job_id, note), LogEvent.PULLED_BACK, actor=who)
            for job_id in sorted([*killed, *failed])
        ],
    )
    return PulledBatch(len(ours), ids[-1], is_over=len(ids) < _BATCH)


def _waits_for_its_retry(row: Row, bulk: BulkRow) -> bool:
    """Return whether the job had ended before the bulk action, or was made by it, and
    was not called since. One that waited already only lost its place, and waits on.
    """
    is_open = rows.as_text(row["state"]) == "pending" and row["result_code"] is None
    if not is_open or rows.whole_or_none(row["bulk_id"]) != bulk.id:
        return False
    if rows.whole(row["id"]) > (bulk.request.wanted.max_id or 0):
        return rows.whole(row["attempts"]) == 0
    ended, started = (
        rows.moment(row[name]) for name in ("last_finished_at", "last_started_at")
    )
    return ended is not None and (started is None or started <= ended)


def _ends_killed(row: Row) -> bool:
    """A job that was never called has not failed."""
    is_killed = rows.as_text(row["last_error"]) == "killed"
    return is_killed or rows.whole(row["attempts"]) == 0
