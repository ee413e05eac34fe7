"""What operators do to jobs: retry, kill, edit, enqueue. Processors:
`processor_actions`.

Each action locks its row, compares it with what the operator saw, decides, writes, and
leaves a log row and a row of the activity with the operator's name; a refusal says why
and writes nothing.

An action stands although the activity refuses its row (the table is missing, a
privilege is): a kill at night must not depend on it, and the log row beside it names
who did what. It says so in its result. An enqueue is never that urgent: it fails.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sq_console.model import (
    ActionResult,
    JobState,
    LogEvent,
    NewJob,
    ProcessorResult,
    ProcessorRow,
    Seen,
    Wanted,
)
from sq_console.rules.applicability import applies_to
from sq_console.rules.drafts import all_retries
from sq_console.store import job_columns, rows
from sq_console.store.actions.activity import (
    note_activity,
    note_activity_if_possible,
)
from sq_console.store.actions.draft_rows import (
    insert_copy,
    insert_draft,
    insert_edited,
    overwrite,
    refuse_changed,
)
from sq_console.store.actions.edit_diff import changes
from sq_console.store.actions.processor_actions import (
    want_as_seen,
    want_of_processors,
)
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Session
from sq_console.text.log_messages import killed, noted

_LOOK = """
SELECT id, state, attempts, created_at, max_retries, kill_requested_at, host
  FROM queued_job WHERE id = %s {lock}"""
_HOST = "SELECT host FROM queued_job WHERE id = %s"
_JOB = "SELECT {job_columns} FROM queued_job AS j WHERE j.id = %s"
_RUN_NOW = """
UPDATE queued_job
   SET run_at = {now}, created_at = created_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at, kill_requested_at = kill_requested_at
 WHERE id = %s"""
_RETRY = """
UPDATE queued_job
   SET result_code = NULL, remaining_retries = %s, run_at = {now}, rescues = 0,
       set_aside_at = NULL, bulk_id = NULL,
       kill_requested_at = NULL, kill_requested_by = NULL,
       created_at = created_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at
 WHERE id = %s"""
_KILL_PENDING = """
UPDATE queued_job
   SET result_code = 3, last_error = 'killed', last_finished_at = {now_secs},
       kill_requested_at = {now_secs}, kill_requested_by = %s,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at
 WHERE id = %s"""
_SET_ASIDE = """
UPDATE queued_job
   SET set_aside_at = {now_secs}, created_at = created_at, run_at = run_at,
       last_started_at = last_started_at, last_finished_at = last_finished_at,
       kill_requested_at = kill_requested_at
 WHERE id = %s"""
_ASK_KILL = """
UPDATE queued_job
   SET kill_requested_at = {now_secs}, kill_requested_by = %s,
       created_at = created_at, run_at = run_at, last_started_at = last_started_at,
       last_finished_at = last_finished_at
 WHERE id = %s"""
# A time that must not change is assigned to itself: see `mysql.on_update_times`.

_STATE_CLAUSES = {
    JobState.PENDING: "it is pending",
    JobState.RUNNING: "it is running",
    JobState.SUCCEEDED: "it has succeeded",
    JobState.FAILED: "it has failed",
    JobState.KILLED: "it was killed",
    JobState.SET_ASIDE: "it was set aside",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A job under lock, as far as an action must know it."""

    id: int
    state: JobState
    attempts: int
    created_at: datetime | None
    max_retries: int | None
    kill_asked: bool
    host: str


class StoreActions:
    """What operators do. An *actor* is user@host; each action is a compare-and-set and
    a log row.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(self, job: NewJob, actor: str, count: int = 1) -> list[int]:
        """Insert *job*, *count* times, in one transaction; return the new ids."""

        def insert_all() -> list[int]:
            ids = [insert_draft(self._session, job) for _ in range(count)]
            for job_id in ids[-1:]:
                refuse_changed(self._session, job_id, job.body)
            for job_id in ids:
                self._note(job_id, LogEvent.ENQUEUED, f"Job enqueued by {actor}", actor)
            if ids:
                self._enter_enqueued(ids, actor)
            return ids

        return self._session.transact(insert_all)

    def retry(self, seen: Seen, actor: str) -> ActionResult:
        """Make a finished job pending again, or a waiting one due."""
        return self._act(seen, "retry", actor, lambda row: self._retry(row, actor))

    def retry_and(
        self, seen: Seen, actor: str, then: Callable[[ActionResult], ActionResult]
    ) -> ActionResult:
        """Retry, and when that is done do *then*, in the same transaction: a try."""

        def retry_then(row: _Row) -> ActionResult:
            result = self._retry(row, actor)
            return then(result) if result.done else result

        return self._act(seen, "try", actor, retry_then)

    def kill(self, seen: Seen, actor: str) -> ActionResult:
        """End a pending job, or ask for the end of a running one."""
        return self._act(seen, "kill", actor, lambda row: self._kill(row, actor))

    def edit(self, seen: Seen, draft: NewJob, actor: str) -> ActionResult:
        """Change a job never called in place; make a new one from any other."""
        return self._act(seen, "edit", actor, lambda row: self._edit(row, draft, actor))

    def set_aside(self, seen: Seen, actor: str, why: str = "") -> ActionResult:
        """Take a failed job off the list of failures; a retry brings it back."""
        return self._act(
            seen, "set_aside", actor, lambda row: self._set_aside(row, actor, why)
        )

    def want(self, processor_id: int | None, wanted: Wanted, actor: str) -> list[str]:
        """Ask processor *processor_id* (None: all) to run, pause or drain; return the
        names of those asked.
        """

        return want_of_processors(self._session, processor_id, wanted, actor)

    def want_as_seen(
        self, seen: ProcessorRow, wanted: Wanted, actor: str
    ) -> ProcessorResult:
        """Ask one processor, unless it was asked for something since it was *seen*."""
        return want_as_seen(self._session, seen, wanted, actor)

    def _act(
        self, seen: Seen, verb: str, actor: str, decide: Callable[[_Row], ActionResult]
    ) -> ActionResult:
        def compare_and_act() -> ActionResult:
            found = self._session.rows(_LOOK, (seen.job_id,))
            if not found:
                return ActionResult(seen.job_id, False, "no such job")
            row = _Row(
                id=seen.job_id,
                state=JobState(rows.as_text(found[0]["state"])),
                attempts=rows.whole(found[0]["attempts"]),
                created_at=rows.moment(found[0]["created_at"]),
                max_retries=rows.whole_or_none(found[0]["max_retries"]),
                kill_asked=found[0]["kill_requested_at"] is not None,
                host=rows.as_text(found[0]["host"]),
            )
            if seen.created_at not in (None, row.created_at):
                return _refused(row, "refused: another job has this id now")
            if _changed(seen, row):
                clause = _STATE_CLAUSES[row.state]
                return _refused(row, f"changed since you looked: now {clause}")
            result = decide(row)
            if not result.done or (verb == "kill" and row.kill_asked):
                return result  # a kill is asked for once
            note = f"made job {result.new_id}" if result.new_id else ""
            missing = note_activity_if_possible(
                self._session,
                actor,
                verb,
                job_id=row.id,
                subject=row.host,
                note=note,
            )
            return replace(result, message=result.message + missing)

        return self._session.transact(compare_and_act)

    def _enter_enqueued(self, ids: list[int], actor: str) -> None:
        host = rows.as_text(self._session.rows(_HOST, (ids[-1],))[0]["host"])
        only = ids[0] if len(ids) == 1 else None
        note_activity(
            self._session, actor, "enqueue", jobs=len(ids), job_id=only, subject=host
        )

    def _retry(self, row: _Row, actor: str) -> ActionResult:
        if not applies_to("retry", row.state):
            return _refused(row, f"refused: {_STATE_CLAUSES[row.state]}")
        if row.state is JobState.SUCCEEDED:
            return self._retry_succeeded(row, actor)
        if row.state is JobState.PENDING:
            self._session.execute(_RUN_NOW, (row.id,))
            self._note(row.id, LogEvent.RETRIED, f"Job made due by {actor}", actor)
            return ActionResult(row.id, True, "due now")
        self._session.execute(_RETRY, (all_retries(row.max_retries), row.id))
        self._note(row.id, LogEvent.RETRIED, f"Job retried by {actor}", actor)
        return ActionResult(row.id, True, "pending now")

    def _retry_succeeded(self, row: _Row, actor: str) -> ActionResult:
        new_id = insert_copy(self._session, row.id, all_retries(row.max_retries))
        return self._requeued(row, new_id, actor)

    def _requeued(
        self, row: _Row, new_id: int, actor: str, changed: str = ""
    ) -> ActionResult:
        self._note(
            row.id,
            LogEvent.REQUEUED,
            f"Job requeued as job {new_id} by {actor}",
            actor,
        )
        self._note(
            new_id,
            LogEvent.REQUEUED,
            f"Job made from job {row.id} by {actor}{changed}",
            actor,
        )
        return ActionResult(row.id, True, f"requeued as job {new_id}", new_id)

    def _kill(self, row: _Row, actor: str) -> ActionResult:
        if not applies_to("kill", row.state):
            return _refused(row, f"refused: {_STATE_CLAUSES[row.state]}")
        if row.state is JobState.PENDING:
            self._session.execute(_KILL_PENDING, (self._who(actor), row.id))
            write_log(
                self._session,
                [LogRow(row.id, killed(row.id, actor), LogEvent.KILLED, actor=actor)],
            )
            return ActionResult(row.id, True, "killed")
        if not row.kill_asked:
            self._session.execute(_ASK_KILL, (self._who(actor), row.id))
            self._note(
                row.id, LogEvent.KILL_REQUESTED, f"Kill asked for by {actor}", actor
            )
        return ActionResult(row.id, True, "kill asked for; its call is being aborted")

    def _set_aside(self, row: _Row, actor: str, why: str) -> ActionResult:
        if not applies_to("set_aside", row.state):
            return _refused(row, f"refused: {_STATE_CLAUSES[row.state]}")
        self._session.execute(_SET_ASIDE, (row.id,))
        note = f"Job set aside by {actor}{f': {why}' if why else ''}"
        self._note(row.id, LogEvent.SET_ASIDE, note, actor)
        return ActionResult(row.id, True, "set aside")

    def _edit(self, row: _Row, draft: NewJob, actor: str) -> ActionResult:
        old = job_columns.job(self._session.rows(_JOB, (row.id,))[0])
        changed = changes(old, draft)
        if row.state is JobState.PENDING and row.attempts == 0:
            overwrite(self._session, old, draft)
            note = f"Job edited by {actor}{changed}"
            self._note(row.id, LogEvent.EDITED, note, actor)
            return ActionResult(row.id, True, "edited in place")
        new_id = insert_edited(self._session, old, draft)
        return self._requeued(row, new_id, actor, changed)

    def _who(self, actor: str) -> str:
        return self._session.fit(actor[:255], "queued_job.kill_requested_by")

    def _note(self, job_id: int, event: LogEvent, note: str, actor: str) -> None:
        row = LogRow(job_id, noted(job_id, note), event, actor=actor)
        write_log(self._session, [row])


def _changed(seen: Seen, row: _Row) -> bool:
    state_differs = seen.state is not None and seen.state is not row.state
    return state_differs or seen.attempts not in (None, row.attempts)


def _refused(row: _Row, why: str) -> ActionResult:
    return ActionResult(row.id, False, why)
