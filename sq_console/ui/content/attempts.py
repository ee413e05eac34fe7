"""The attempts of one job, as a table: what its log tells, and the one in progress.

An attempt is written to the log when it is over. The one under way is known from the
row alone; one that nothing was written of, or whose rows were pruned, is only counted.
"""

from collections.abc import Sequence
from datetime import datetime

from sq_console.model import Job, JobState, LogEntry, LogEvent
from sq_console.rules.contract import log_of_this_job
from sq_console.text.humanize import call_duration
from sq_console.text.sanitize import clean
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    cut_line,
    foreign,
    spread,
    width_of,
)
from sq_console.ui.content.log_lines import tone_of, wording
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import cut, right

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


def heading(text: str, aside: str = "") -> list[Line]:
    """The title of a part of the page."""
    return [BLANK, (Span(text, Tone.BOLD), Span(f"  {aside}", Tone.DIM))]


def attempts(job: Job, log: Sequence[LogEntry], clock: Clock, width: int) -> list[Line]:
    """A line for each attempt that is known, the oldest first."""
    told: dict[int, list[LogEntry]] = {}
    for entry in log_of_this_job(job, log):
        if entry.attempt is not None:
            told.setdefault(entry.attempt, []).append(entry)
    if job.state is JobState.RUNNING:
        told.setdefault(job.attempts, [])
    titles = f"{'#':>3}  {'STARTED':8}  {'STATUS':>6}  {'TOOK':>7}  OUTCOME"
    lines = [_attempt(job, nth, told[nth], clock, width) for nth in sorted(told)]
    titled: list[Line] = [(Span(titles, Tone.DIM),), *lines] if lines else []
    return [*heading("ATTEMPTS", _number(job, len(told))), *titled]


def _number(job: Job, told: int) -> str:
    missing = job.attempts - told
    if missing <= 0:
        return f"{max(job.attempts, told):,}" if told else "none yet"
    which = f"{missing:,} of them not" if told else "not"
    return f"{job.attempts:,}, {which} in the log"


def _attempt(
    job: Job, number: int, log: Sequence[LogEntry], clock: Clock, width: int
) -> Line:
    is_now = job.state is JobState.RUNNING and number == job.attempts
    outcome = next((row for row in reversed(log) if row.event in _OUTCOMES), None)
    status = outcome.status_code if outcome else None
    name = next((row.processor for row in log if row.processor), None)
    name = job.processor if is_now and job.processor else name
    start = (
        Span(f"{number:>3}", Tone.BOLD),
        Span(f"  {clock.time(_started_at(job, number, log))}", Tone.DIM),
        Span(f"  {status or '':>6}"),
        Span(
            f"  {right(call_duration(outcome.duration_ms if outcome else None), 7)}  "
        ),
        _told(job, is_now=is_now) if outcome is None else _outcome(outcome),
    )
    where = (Span(cut(clean(f"on {name}"), 40), Tone.DIM),) if name else BLANK
    return spread(cut_line(start, width - width_of(where) - 2), where, width)


def _started_at(job: Job, number: int, log: Sequence[LogEntry]) -> datetime | None:
    """The row of the call is as old as the call; other rows are from its end."""
    if number == job.attempts and job.last_started_at is not None:
        return job.last_started_at
    called = (row for row in log if row.event == LogEvent.CALLED)
    return next((row.created_at for row in called), None)


def _told(job: Job, *, is_now: bool) -> Span:
    if not is_now:
        return Span("no outcome in the log", Tone.WARN)
    if job.kill_requested_at is not None:
        return Span("being called, kill asked for", Tone.BAD)
    return Span("being called", Tone.BUSY)


def _outcome(entry: LogEntry) -> Span:
    return foreign(wording(entry).removeprefix("Job "), tone_of(entry), 400)
