"""Jobs, attempts and log rows as JSON entries and table rows, without secrets.

Keys are the columns' names. Secrets that `redact` knows are masked, because a verb's
output ends up in chats and tickets; *clear* shows them.
"""

import base64
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sq_console.cli.table import TextColumn
from sq_console.model import Job, JobState, JobSummary, LogEntry
from sq_console.rules.history import Attempt
from sq_console.text.redact import (
    clear_headers,
    redact_bytes,
    redact_headers,
    redact_text,
    redact_url,
)
from sq_console.ui.terminal.cells import cut, tail, width_of


def short_request(request: str, width: int) -> str:
    """Shorten *request* to `post api.example.com/…/8812`: without its scheme, the host
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
    TextColumn("ID", right=True),
    TextColumn("STATE"),
    TextColumn("REQUEST", least_width=26, shorten=short_request),
    TextColumn("TRIES", right=True, can_go=True),
    TextColumn("WHEN", holds_times=True, can_go=True),
    TextColumn("ERROR", least_width=8),
)


def job_cells(job: JobSummary) -> tuple[object, ...]:
    """Return a job as a row of `JOB_COLUMNS`."""
    return (
        job.id,
        job.state,
        f"{job.http_method} {redact_url(job.url)}",
        job.attempts,
        relevant_time(job),
        job.last_error and redact_text(job.last_error),
    )


def relevant_time(job: JobSummary) -> datetime | None:
    """Return when a job is due, was started or has finished, by its state."""
    match job.state:
        case JobState.PENDING:
            return job.run_at
        case JobState.RUNNING:
            return job.last_started_at
        case _:
            return job.last_finished_at


def job_entry(job: JobSummary, *, clear: bool = False) -> dict[str, Any]:
    """Return a job as JSON: all its columns, and the name of its processor."""
    entry = asdict(job)
    if not clear:
        entry = _masked(entry) | {"url": redact_url(job.url)}
    if isinstance(job, Job):
        body = job.body if clear or job.body is None else redact_bytes(job.body)
        entry |= body_entry(body) | {"headers": shown_headers(job, clear=clear)}
    return entry


def log_entry(entry: LogEntry, *, clear: bool = False) -> dict[str, Any]:
    """Return a log row as JSON."""
    return asdict(entry) if clear else _masked(asdict(entry))


def _masked(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        name: redact_text(value) if type(value) is str else value
        for name, value in entry.items()
    }


def body_entry(body: bytes | None) -> dict[str, str | None]:
    """Return the body as text, or as base64 when it is not UTF-8."""
    if body is None:
        return {"body": None}
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body": None, "body_base64": base64.b64encode(body).decode()}


def shown_headers(job: Job, *, clear: bool) -> object:
    """Return the job's headers; text that is no JSON object stays text."""
    return clear_headers(job.headers) if clear else redact_headers(job.headers)


def attempt_entry(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as JSON; its result is the event that ended it."""
    outcome = attempt.outcome
    return {
        "attempt": attempt.number,
        "started_at": attempt.started_at,
        "ended_at": outcome.created_at if outcome else None,
        "result": outcome.event if outcome else None,
        "status_code": outcome.status_code if outcome else None,
        "duration_ms": outcome.duration_ms if outcome else None,
        "processor": attempt.processor,
    }


ATTEMPT_COLUMNS = (
    TextColumn("#", right=True),
    TextColumn("STARTED", holds_times=True),
    TextColumn("RESULT"),
    TextColumn("STATUS", right=True),
    TextColumn("MS", right=True),
    TextColumn("PROCESSOR", least_width=10),
)


def attempt_cells(attempt: Attempt) -> tuple[object, ...]:
    """Return an attempt as a row of `ATTEMPT_COLUMNS`."""
    return (
        attempt.number,
        attempt.started_at,
        _result(attempt),
        attempt.outcome and attempt.outcome.status_code,
        attempt.outcome and attempt.outcome.duration_ms,
        attempt.processor,
    )


def _result(attempt: Attempt) -> str:
    if attempt.outcome is not None:
        return (attempt.outcome.event or "").replace("_", " ")
    return "running" if attempt.is_running else "no outcome in the log"
