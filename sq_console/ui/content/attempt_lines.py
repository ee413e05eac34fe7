"""The attempts of one job, as a table of lines.

An attempt without log rows (never written, or pruned) is only counted.
"""

from collections.abc import Sequence

from sq_console.model import Job, LogEntry
from sq_console.rules.history import Attempt, attempts_of
from sq_console.text.humanize import call_duration
from sq_console.text.sanitize import clean
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    cut_line,
    foreign,
    section_heading,
    spread,
    width_of,
)
from sq_console.ui.content.log_lines import log_tone, message_of
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import cut, right


def attempt_lines(
    job: Job, log: Sequence[LogEntry], clock: Clock, width: int
) -> list[Line]:
    """Return a heading, and a line for each known attempt, the oldest first."""
    known = attempts_of(job, log)
    titles = f"{'#':>3}  {'STARTED':8}  {'STATUS':>6}  {'TOOK':>7}  OUTCOME"
    rows = [_attempt_line(job, attempt, clock, width) for attempt in known]
    table: list[Line] = [(Span(titles, Tone.DIM),), *rows] if rows else []
    return [*section_heading("ATTEMPTS", _attempt_count(job, len(known))), *table]


def _attempt_count(job: Job, known: int) -> str:
    missing = job.attempts - known
    if missing <= 0:
        return f"{max(job.attempts, known):,}" if known else "none yet"
    unlogged = f"{missing:,} of them not" if known else "not"
    return f"{job.attempts:,}, {unlogged} in the log"


def _attempt_line(job: Job, attempt: Attempt, clock: Clock, width: int) -> Line:
    outcome, name = attempt.outcome, attempt.processor
    status = outcome.status_code if outcome else None
    duration = call_duration(outcome.duration_ms if outcome else None)
    start = (
        Span(f"{attempt.number:>3}", Tone.BOLD),
        Span(f"  {clock.time(attempt.started_at)}", Tone.DIM),
        Span(f"  {status or '':>6}"),
        Span(f"  {right(duration, 7)}  "),
        _outcome_text(outcome) if outcome else _unfinished(job, attempt),
    )
    where = (Span(cut(clean(f"on {name}"), 40), Tone.DIM),) if name else BLANK
    return spread(cut_line(start, width - width_of(where) - 2), where, width)


def _unfinished(job: Job, attempt: Attempt) -> Span:
    if not attempt.is_running:
        return Span("no outcome in the log", Tone.WARN)
    if job.kill_requested_at is not None:
        return Span("being called, kill asked for", Tone.BAD)
    return Span("being called", Tone.BUSY)


def _outcome_text(entry: LogEntry) -> Span:
    return foreign(message_of(entry).removeprefix("Job "), log_tone(entry), 400)
