"""A row of the job log as a line: its time, its job, its message.

The tone comes from the row's event. Rows of this program's ancestor have no event, so
their tone comes from the start of the message. Its wording has not changed since.
"""

import re

from sq_console.model import LogEntry, LogEvent
from sq_console.text.humanize import call_duration
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign, spread
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.log_follower import Gap, LogRow
from sq_console.ui.terminal.cells import right

_JOB_ID_PREFIX = re.compile(r"\[JOBID \d+\] ?")
_TONES = {
    LogEvent.CALLED: Tone.DIM,
    LogEvent.SUCCEEDED: Tone.PLAIN,
    LogEvent.FAILED: Tone.BAD,
    LogEvent.FAILED_TEMPORARILY: Tone.WARN,
    LogEvent.TIMED_OUT: Tone.WARN,
    LogEvent.KILLED: Tone.WARN,
    LogEvent.NOTED: Tone.DIM,
    LogEvent.RELEASED: Tone.DIM,
    LogEvent.RESCUED: Tone.WARN,
    LogEvent.ENQUEUED: Tone.DIM,
}
_TONES_BY_START = (
    ("Job succeeded", Tone.PLAIN),
    ("Job failed permanently", Tone.BAD),
    ("Job failed", Tone.WARN),
    ("Calling job", Tone.DIM),
)
_FIGURES_FROM = 100
"""Lines this wide have room for status code and duration."""


def message_of(entry: LogEntry) -> str:
    """Return the row's message without `[JOBID n]`, which the line says already.

    Its secrets are still in it: `foreign` masks them.
    """
    return _JOB_ID_PREFIX.sub("", entry.msg, count=1)


def log_tone(entry: LogEntry) -> Tone:
    """Return the tone of the row's event; the rare actions of operators stand out."""
    for event, tone in _TONES.items():
        if entry.event == event:
            return tone
    if entry.actor:
        return Tone.BUSY
    text = message_of(entry)
    return next(
        (tone for start, tone in _TONES_BY_START if text.startswith(start)), Tone.DIM
    )


def log_line(entry: LogRow, clock: Clock, width: int) -> Line:
    """Return `14:02:10  10231 Job succeeded: …` in *width* cells.

    Status code and duration stand at the right edge where there is room.
    """
    if isinstance(entry, Gap):
        left_out = f"… {entry.rows:,} more came faster than this shows them"
        return cut_line((Span(left_out, Tone.DIM),), width)
    if width < _FIGURES_FROM:
        return cut_line(log_prefix(entry, clock, entry.job_id, 7), width)
    figures = f"{entry.status_code or '':>5}{call_duration(entry.duration_ms):>8}"
    start = cut_line(log_prefix(entry, clock, entry.job_id, 7), width - 15)
    return spread(start, (Span(figures, Tone.DIM),), width)


def log_prefix(
    entry: LogEntry, clock: Clock, number: int | None, cells: int, limit: int = 500
) -> Line:
    """Return the time, *number* in at least *cells* cells, and the message."""
    digits = str(number or "")
    return (
        Span(clock.time(entry.created_at), Tone.DIM),
        Span(right(digits, max(cells, len(digits) + 1)), Tone.BOLD),
        Span(" "),
        foreign(message_of(entry), log_tone(entry), limit),
    )
