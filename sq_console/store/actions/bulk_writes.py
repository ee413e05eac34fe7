"""What a bulk action writes to a batch of jobs that it has locked: one statement for
all of them wherever that is possible, and one for their log rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sq_console.model import BulkRow, BulkVerb, JobState, LogEvent
from sq_console.rules.bulk_edit import EditedFields, edited
from sq_console.rules.contract import DEFAULT_RETRIES, TEXT_BYTES, why_not_callable
from sq_console.rules.drafts import EDITABLE, all_retries
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import LogRow
from sq_console.store.protocols import Row, Session
from sq_console.text.log_messages import killed, noted
from sq_console.text.redact import redact_url
from sq_console.text.sanitize import clean

_BEGIN = "UPDATE queued_job {use_primary} SET bulk_id = %s, "
_KEPT = "created_at = created_at, last_started_at = last_started_at, "
_RETRY = f"""result_code = NULL, rescues = 0, set_aside_at = NULL,
       remaining_retries = COALESCE(max_retries, {DEFAULT_RETRIES}),
       kill_requested_at = NULL, kill_requested_by = NULL,
       {_KEPT}last_finished_at = last_finished_at, run_at = """
_MAKE_DUE = f"""{_KEPT}last_finished_at = last_finished_at,
       kill_requested_at = kill_requested_at, run_at = """
_KILL = f"""result_code = 3, last_error = 'killed', last_finished_at = {{now_secs}},
       kill_requested_at = {{now_secs}}, kill_requested_by = %s,
       {_KEPT}run_at = run_at"""
_ASK_KILL = f"""kill_requested_at = {{now_secs}}, kill_requested_by = %s,
       {_KEPT}last_finished_at = last_finished_at, run_at = run_at"""
_SET_ASIDE = f"""set_aside_at = {{now_secs}},
       {_KEPT}last_finished_at = last_finished_at, run_at = run_at,
       kill_requested_at = kill_requested_at"""
_REPLACE = f"""result_code = 1, {_SET_ASIDE}"""
_TOUCH = "{keep_times}"
_OVERWRITE = "url = %s, headers = %s, {keep_times}"
# A time that must not change is assigned to itself: see `mysql.on_update_times`.
_COPIED = ", ".join(
    name for name in EDITABLE if name not in ("url", "headers", "remaining_retries")
)
_COPY = f"""
INSERT INTO queued_job
  ({_COPIED}, url, headers, remaining_retries, requeued_from, bulk_id, run_at)
SELECT {_COPIED}, %s, %s, %s, id, %s, """
_COPIED_FROM = " FROM queued_job WHERE id = %s"
_LAST = datetime.fromisoformat("2038-01-19 03:14:07+00:00")
"""The end of a TIMESTAMP's range."""


@dataclass(frozen=True, slots=True)
class CallTimes:
    """The times of calls: *per_second* of them from *begin* on; without a pace all are
    due now.
    """

    begin: datetime
    per_second: float | None = None

    def at(self, number: int) -> datetime:
        """Return when the call *number*, from 0, is due."""
        secs = number / self.per_second if self.per_second else 0.0
        try:
            return min(self.begin + timedelta(seconds=secs), _LAST)
        except OverflowError:
            return _LAST


@dataclass(slots=True)
class BatchResult:
    """What was written to a batch."""

    done: int = 0
    refused: int = 0
    due_until: datetime | None = None
    error: str | None = None
    log: list[LogRow] = field(default_factory=list)


class BulkWrites:
    """One batch of one bulk action, inside its transaction."""

    def __init__(self, session: Session, bulk: BulkRow, pace: CallTimes) -> None:
        self._session = session
        self._bulk = bulk
        self._pace = pace
        self._given = 0
        self.result = BatchResult()

    def act_on(self, locked: Sequence[Row]) -> BatchResult:
        """Act on the rows in the order given."""
        act: dict[BulkVerb, Callable[[Sequence[Row]], None]] = {
            BulkVerb.RETRY: self._retry,
            BulkVerb.RESUME: self._retry,
            BulkVerb.KILL: self._kill,
            BulkVerb.SET_ASIDE: self._set_aside,
            BulkVerb.EDIT: self._edit,
        }
        act[self._bulk.request.verb](locked)
        return self.result

    def _retry(self, locked: Sequence[Row]) -> None:
        due = {_id(row): self._next_due() for row in locked}
        by = f"by {self._bulk.who}{self._suffix}"
        waiting = _ids(locked, JobState.PENDING)
        succeeded = [row for row in locked if _state(row) is JobState.SUCCEEDED]
        ended = [i for i in due if i not in {*waiting, *map(_id, succeeded)}]
        self._update(_MAKE_DUE, waiting, due=due)
        self._note(waiting, LogEvent.RETRIED, f"Job made due {by}")
        self._update(_RETRY, ended, due=due)
        self._note(ended, LogEvent.RETRIED, f"Job retried {by}")
        for row in succeeded:
            self._copy(row, _fields(row), due[_id(row)])
        self._update(_TOUCH, [_id(row) for row in succeeded])
        self.result.done += len(locked)

    def _kill(self, locked: Sequence[Row]) -> None:
        bulk, running = self._bulk, _ids(locked, JobState.RUNNING)
        pending = _ids(locked, JobState.PENDING)
        who = self._session.fit(bulk.who[:255], "queued_job.kill_requested_by")
        self._update(_KILL, pending, who)
        self.result.log += [
            LogRow(
                i, killed(i, bulk.who) + self._suffix, LogEvent.KILLED, actor=bulk.who
            )
            for i in pending
        ]
        asked = {_id(row) for row in locked if row["kill_requested_at"] is not None}
        to_ask = [i for i in running if i not in asked]
        self._update(_ASK_KILL, to_ask, who)
        asking = f"Kill asked for by {bulk.who}{self._suffix}"
        self._note(to_ask, LogEvent.KILL_REQUESTED, asking)
        self._update(_TOUCH, [i for i in running if i in asked])
        self.result.done += len(pending) + len(running)

    def _set_aside(self, locked: Sequence[Row]) -> None:
        ids = _ids(locked, JobState.FAILED)
        self._update(_SET_ASIDE, ids)
        why = f": {self._bulk.request.why}" if self._bulk.request.why else ""
        note = f"Job set aside by {self._bulk.who}{self._suffix}{why}"
        self._note(ids, LogEvent.SET_ASIDE, note)
        self.result.done += len(ids)

    def _edit(self, locked: Sequence[Row]) -> None:
        edit = self._bulk.request.arguments
        assert edit is not None
        replaced: list[Row] = []
        for row in locked:
            before = _fields(row)
            after = edited(edit, before)
            if why := _why_not_written(row, before, after):
                self.result.refused += 1
                self.result.error = why
            elif _state(row) is JobState.PENDING and not rows.whole(row["attempts"]):
                self._update(_OVERWRITE, [_id(row)], after.url, after.headers)
                note = f"Job edited by {self._bulk.who}{self._suffix}"
                self._note([_id(row)], LogEvent.EDITED, note + _change(before, after))
                self.result.done += 1
            else:
                self._copy(row, after, self._next_due(), _change(before, after))
                replaced.append(row)
                self.result.done += 1
        self._replace(replaced)

    def _replace(self, replaced: Sequence[Row]) -> None:
        """Set the old rows aside, which were to be called or on the list of failures;
        others stay as they are.
        """
        failed, waiting = (
            _ids(replaced, state) for state in (JobState.FAILED, JobState.PENDING)
        )
        self._update(_SET_ASIDE, failed)
        self._update(_REPLACE, waiting)
        rest = [_id(row) for row in replaced if _id(row) not in {*failed, *waiting}]
        self._update(_TOUCH, rest)
        note = f"Job set aside by {self._bulk.who}{self._suffix}: another replaces it"
        self._note([*failed, *waiting], LogEvent.SET_ASIDE, note)

    def _copy(
        self, row: Row, after: EditedFields, due: datetime, changed: str = ""
    ) -> None:
        retries = rows.whole(row["remaining_retries"])
        if rows.whole(row["attempts"]) or not changed:
            retries = all_retries(rows.whole_or_none(row["max_retries"]))
        values = (after.url, after.headers, retries, self._bulk.id)
        when, params = self._when({_id(row): due}, [_id(row)])
        new_id = self._session.insert(
            f"{_COPY}{when}{_COPIED_FROM}", (*values, *params, _id(row))
        )
        by = f"by {self._bulk.who}{self._suffix}"
        event = LogEvent.REQUEUED
        self._note([_id(row)], event, f"Job requeued as job {new_id} {by}")
        self._note([new_id], event, f"Job made from job {_id(row)} {by}{changed}")

    def _next_due(self) -> datetime:
        at = self._pace.at(self._given)
        self._given += 1
        if self._pace.per_second:
            self.result.due_until = at
        return at

    @property
    def _suffix(self) -> str:
        return f", bulk action {self._bulk.id}"

    def _update(
        self,
        what: str,
        ids: Sequence[int],
        *params: object,
        due: dict[int, datetime] | None = None,
    ) -> None:
        if not ids:
            return
        when, times = ("", ()) if due is None else self._when(due, ids)
        self._session.execute(
            f"{_BEGIN}{what}{when} WHERE id IN {in_list(ids)}",
            (self._bulk.id, *params, *times, *ids),
        )

    def _when(
        self, due: dict[int, datetime], ids: Sequence[int]
    ) -> tuple[str, tuple[object, ...]]:
        """Return an expression for run_at, and its parameters."""
        if not self._pace.per_second:
            return "{now}", ()
        if len(ids) == 1:
            return "%s", (rows.stamp(due[ids[0]]),)
        cases = " ".join(["WHEN %s THEN %s"] * len(ids))
        times = [part for i in ids for part in (i, rows.stamp(due[i]))]
        return f"CASE id {cases} END", tuple(times)

    def _note(self, ids: Sequence[int], event: LogEvent, note: str) -> None:
        who = self._bulk.who
        self.result.log += [LogRow(i, noted(i, note), event, actor=who) for i in ids]


def _why_not_written(row: Row, before: EditedFields, after: EditedFields) -> str | None:
    if after == before:
        return "the edit changes nothing in it any more"
    reason = why_not_callable(rows.as_text(row["http_method"]), after.url)
    if reason is None and len(after.url.encode("utf-8", "replace")) > TEXT_BYTES:
        reason = "bad url: too long"
    return reason


def _change(before: EditedFields, after: EditedFields) -> str:
    """Return what an edit has changed, for the log."""
    old, new = (clean(redact_url(it.url), 200) for it in (before, after))
    said = [f"url {old} -> {new}"] if before.url != after.url else []
    said += ["headers changed"] if before.headers != after.headers else []
    return f": {', '.join(said)}"


def _fields(row: Row) -> EditedFields:
    return EditedFields(rows.as_text(row["url"]), rows.text_or_none(row["headers"]))


def _id(row: Row) -> int:
    return rows.whole(row["id"])


def _state(row: Row) -> JobState:
    return JobState(rows.as_text(row["state"]))


def _ids(locked: Sequence[Row], state: JobState) -> list[int]:
    return [_id(row) for row in locked if _state(row) is state]
