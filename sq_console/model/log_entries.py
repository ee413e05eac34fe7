"""Rows of `queued_job_log`: the history of jobs and the audit trail of operators."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class LogEvent(StrEnum):
    """`queued_job_log.event`: the kind of a log row. The ancestor's rows have NULL."""

    CALLED = "called"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_TEMPORARILY = "failed_temporarily"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    NOTED = "noted"
    """A note about an attempt: a clamped timeout, an ignored header."""
    RELEASED = "released"
    RESCUED = "rescued"
    ENQUEUED = "enqueued"
    RETRIED = "retried"
    EDITED = "edited"
    REQUEUED = "requeued"
    """A new row was made from this one, or this one from another."""
    KILL_REQUESTED = "kill_requested"
    SET_ASIDE = "set_aside"
    PULLED_BACK = "pulled_back"
    """A retry was taken back before its call."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A row of `queued_job_log`."""

    id: int
    job_id: int
    msg: str
    created_at: datetime | None
    attempt: int | None
    event: str | None
    status_code: int | None
    duration_ms: int | None
    processor: str | None
    actor: str | None
    """user@host of the operator; None when no operator caused the event."""
    host: str | None = None
    """The host of its job, where that was looked up and the job is still there."""


class LogLine(NamedTuple):
    """A log row to be written with an outcome. *msg* is the whole text, with its prefix
    `[JOBID n]`.
    """

    event: LogEvent
    msg: str
    status_code: int | None = None
    duration_ms: int | None = None
