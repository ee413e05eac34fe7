"""The model as JSON entries and table rows, without secrets.

Keys are the columns' names. What `redact` knows as a secret is masked, for what a verb
prints ends up in chats and tickets; *clear* shows it.
"""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sq_console.cli.table import Column
from sq_console.model import Job, JobState, JobSummary, LogEntry, LogEvent
from sq_console.rules.contract import log_of_this_job
from sq_console.text.redact import (
    clear_headers,
    redact_bytes,
    redact_headers,
    redact_text,
    redact_url,
)
from sq_console.ui.terminal.cells import cut, tail, width_of

_ENDS = frozenset(
    {
        LogEvent.SUCCEEDED,
        LogEvent.FAILED,
        LogEvent.FAILED_TEMPORARILY,
        LogEvent.TIMED_OUT,
        LogEvent.KILLED,
        LogEvent.RELEASED,
        LogEvent.RESCUED,
    }
)


def short_request(request: str, width: int) -> str:
    """`post api.example.com/…/8812` of a longer *request*: without its scheme, the host
    from its beginning, the path to its end.
    """
    method, _, url = request.partition(" ")
    bare = url.partition("://")[2] or url
    host, slash, path = bare.partition("/")
    room = max(2, width - width_of(method) - 1)
    if width_of(bare) > room:
        host = cut(host, max(1, 2 * room // 5, room - width_of(slash + path)))
    path_room = room - width_of(host)
    if width_of(slash + path) > path_room:
        path = f"…{tail(path, path_room - 2)}"
    return f"{method} {host}{slash}{path}"


JOB_COLUMNS = (
    Column("ID", right=True),
    Column("STATE"),
    Column("REQUEST", least=26, shorten=short_request),
    Column("TRIES", right=True, spare=True),
    Column("WHEN", moment=True, spare=True),
    Column("ERROR", least=8),
)


def job_cells(job: JobSummary) -> tuple[object, ...]:
    """A job as a row of `JOB_COLUMNS`."""
    return (
        job.id,
        job.state,
        f"{job.http_method} {redact_url(job.url)}",
        job.attempts,
        relevant_time(job),
        job.last_error and redact_text(job.last_error),
    )


def relevant_time(job: JobSummary) -> datetime | None:
    """When it is due, was started or has finished, by its state."""
    match job.state:
        case JobState.PENDING:
            return job.run_at
        case JobState.RUNNING:
            return job.last_started_at
        case _:
            return job.last_finished_at


def job_entry(job: JobSummary, *, clear: bool = False) -> dict[str, Any]:
    """A job as JSON: all its columns, and the name of its processor."""
    entry = asdict(job)
    if not clear:
        entry = _masked(entry) | {"url": redact_url(job.url)}
    if isinstance(job, Job):
        body = job.body if clear or job.body is None else redact_bytes(job.body)
        entry |= body_entry(body) | {"headers": shown_headers(job, clear=clear)}
    return entry


def log_entry(entry: LogEntry, *, clear: bool = False) -> dict[str, Any]:
    """A log row as JSON."""
    return asdict(entry) if clear else _masked(asdict(entry))


def _masked(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        name: redact_text(value) if type(value) is str else value
        for name, value in entry.items()
    }


def body_entry(body: bytes | None) -> dict[str, str | None]:
    """The body as text, or as base64 when it is not UTF-8."""
    if body is None:
        return {"body": None}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body": None, "body_base64": base64.b64encode(body).decode()}


def shown_headers(job: Job, *, clear: bool) -> object:
    """The job's headers; text that is no JSON object as it is."""
    return clear_headers(job.headers) if clear else redact_headers(job.headers)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as the job's log tells it."""

    attempt: int
    started_at: datetime | None
    ended_at: datetime | None
    result: str | None
    """The event that ended it; None while it runs."""
    status_code: int | None
    duration_ms: int | None
    processor: str | None


def attempts_of(job: Job, log: Sequence[LogEntry]) -> list[Attempt]:
    """The attempts of *job* that its *log*, oldest first, tells of, and the one that
    runs: its rows are written when it is over.
    """
    rows: dict[int, list[LogEntry]] = {}
    if job.state is JobState.RUNNING:
        rows[job.attempts] = []
    for entry in log_of_this_job(job, log):
        if entry.attempt:
            rows.setdefault(entry.attempt, []).append(entry)
    return [_attempt(job, number, entries) for number, entries in sorted(rows.items())]


def _attempt(job: Job, number: int, entries: Sequence[LogEntry]) -> Attempt:
    starts = [entry for entry in entries if entry.event == LogEvent.CALLED]
    ends = [entry for entry in entries if entry.event in _ENDS]
    end = ends[-1] if ends else None
    by = next((entry.processor for entry in entries if entry.processor), None)
    claimed_at, claimed_by = None, None
    if number == job.attempts:  # the row tells of the last one, if its log does not
        claimed_at, claimed_by = job.last_started_at, job.processor or job.claimed_by
    return Attempt(
        attempt=number,
        started_at=starts[0].created_at if starts else claimed_at,
        ended_at=end.created_at if end else None,
        result=end.event if end else None,
        status_code=end.status_code if end else None,
        duration_ms=end.duration_ms if end else None,
        processor=by or (None if claimed_by is None else str(claimed_by)),
    )
