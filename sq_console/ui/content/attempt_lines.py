"""The attempts of one job, as a table of lines.

An attempt without log rows (never written, or pruned) is only counted.
"""

from collections.abc import Sequence

from sq_console.model import Job, LogEntry
from sq_console.rules.history import Attempt, attempts_of
from sq_console.text.humanize import call_duration
from sq_console.text.redact import redact_text
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
    wrapped,
)
from sq_console.ui.content.log_lines import log_tone, message_of
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import cut, right

_INDENT = 5
_BEFORE_OUTCOME = 32
"""Cells of a row before the words of its outcome."""
_ANSWER_CHARS = 8_000
_ANSWER_LINES = 100


def attempt_lines(
    job: Job, log: Sequence[LogEntry], clock: Clock, width: int
) -> list[Line]:
    """Return a heading, and a line for each known attempt, the oldest first."""
    known = attempts_of(job, log)
    titles = f"{'#':>3}  {'STARTED':8}  {'STATUS':>6}  {'TOOK':>7}  OUTCOME"
    rows = [
        line
        for attempt in known
        for line in (
            _attempt_line(job, attempt, clock, width),
            *_whole_answer(attempt, width, is_last=attempt is known[-1]),
        )
    ]
    table: list[Line] = [(Span(titles, Tone.DIM),), *rows] if rows else []
    return [*section_heading("ATTEMPTS", _attempt_count(job, len(known))), *table]


def _whole_answer(attempt: Attempt, width: int, *, is_last: bool) -> list[Line]:
    """Return what the row of an attempt cuts, whole, below it. The last answer is on
    the page in any case.
    """
    if attempt.outcome is None or is_last:
        return []
    room = width - _BEFORE_OUTCOME - len(f"on {attempt.processor or ''}") - 4
    text = redact_text(message_of(attempt.outcome).removeprefix("Job "))
    if "\n" not in text and len(text) <= room:
        return []
    shown = clean(text, _ANSWER_CHARS, lines=True).split("\n")
    return [
        (Span(" " * _INDENT), *row)
        for line in shown[:_ANSWER_LINES]
        for row in wrapped((Span(line, Tone.DIM),), max(20, width - _INDENT))
    ]


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
