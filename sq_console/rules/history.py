"""A job's history, out of its row and its log rows.

The row of a call is written when the call is over: until then the attempt under way is
known from the job's row alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sq_console.model import Job, JobState, LogEntry, LogEvent

_OUTCOMES = frozenset(
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
"""Events that end an attempt."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a job."""

    number: int
    started_at: datetime | None
    outcome: LogEntry | None
    """The log row that ended it; None while it runs, and when no such row is known."""
    is_running: bool
    processor: str | None
    """The processor's name, or its id when it is no longer in the table."""


def attempts_of(job: Job, log: Sequence[LogEntry]) -> list[Attempt]:
    """Return the attempts of *job* that its *log*, in the order of ids, knows of, and
    the one under way. An attempt whose rows were pruned is missing.
    """
    rows: dict[int, list[LogEntry]] = {}
    if job.state is JobState.RUNNING:
        rows[job.attempts] = []
    for entry in log_of_this_job(job, log):
        if entry.attempt:
            rows.setdefault(entry.attempt, []).append(entry)
    return [_attempt(job, number, entries) for number, entries in sorted(rows.items())]


def _attempt(job: Job, number: int, entries: Sequence[LogEntry]) -> Attempt:
    outcomes = [entry for entry in entries if entry.event in _OUTCOMES]
    is_latest = number == job.attempts
    return Attempt(
        number=number,
        started_at=_started_at(job if is_latest else None, entries),
        outcome=outcomes[-1] if outcomes else None,
        is_running=is_latest and job.state is JobState.RUNNING,
        processor=_processor(job if is_latest else None, entries),
    )


def _started_at(latest: Job | None, entries: Sequence[LogEntry]) -> datetime | None:
    """The claim, which the row tells of the latest attempt. Of an older one only the
    time of its call is left, which was reckoned back from when its outcome was written:
    an outage between the two makes it late.
    """
    if latest is not None and latest.last_started_at is not None:
        return latest.last_started_at
    calls = (entry for entry in entries if entry.event == LogEvent.CALLED)
    return next((entry.created_at for entry in calls), None)


def _processor(latest: Job | None, entries: Sequence[LogEntry]) -> str | None:
    """The claim says it while there is one; afterwards the log does."""
    if latest is not None and latest.processor:
        return latest.processor
    logged = next((entry.processor for entry in entries if entry.processor), None)
    if logged or latest is None or latest.claimed_by is None:
        return logged
    return str(latest.claimed_by)


def in_order_of_time(log: Sequence[LogEntry]) -> list[LogEntry]:
    """Return *log* as it happened. The order of ids is that in which rows were written,
    and the row of a call is written with its outcome: after a kill that was asked for
    meanwhile.
    """
    return sorted(log, key=lambda entry: entry.created_at or _LONG_AGO)


def log_of_this_job(job: Job, log: Sequence[LogEntry]) -> list[LogEntry]:
    """Return *log*, of the job's id, without the rows of an older job of the same id.

    The log's times are whole seconds. A `created_at` after the last call was given to
    the job later, and says nothing about its rows.
    """
    made = job.created_at and job.created_at.replace(microsecond=0)
    if made is None or (job.last_started_at and job.last_started_at < made):
        return list(log)
    return [row for row in log if row.created_at is None or row.created_at >= made]
