"""A row of the job log as a line: its time, its job, its message.

The tone comes from the row's event. Rows of this program's ancestor have no event, so
their tone comes from the start of the message. Its wording has not changed since.
"""

import re

from sq_console.model import LogEntry, LogEvent
from sq_console.text.humanize import call_duration
from sq_console.ui.content.columns.job_cells import LATELY_SECS
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.log_follower import Gap, LogRow
from sq_console.ui.terminal.cells import cut_middle, left, right, width_of

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
_SAID_BY_STATUS = (
    "Job succeeded: ",
    "Job failed temporarily: ",
    "Job failed permanently: ",
)


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
    """Return `14:02:10  10231 api.example.com  500  265ms deadlock…` in *width* cells:
    one row a call, with what it came to.
    """
    if isinstance(entry, Gap):
        left_out = f"… {entry.rows:,} more between, faster than this shows them"
        return cut_line((Span(left_out, Tone.DIM),), width)
    tone, cells = log_tone(entry), _host_cells(width)
    status_tone = _only_lately(tone, entry, clock)
    digits = str(entry.job_id or "")
    gone = "job is gone" if entry.job_id and entry.host is None else ""
    host = foreign(entry.host or gone, limit=260).text
    if width_of(host) > cells:  # its name says more than its port
        host = re.sub(r":\d+$", "", host)
    status = str(entry.status_code or "")
    took = call_duration(entry.duration_ms)
    return cut_line(
        (
            Span(clock.time(entry.created_at), Tone.DIM),
            Span(right(digits, max(7, len(digits) + 1)), Tone.BOLD),
            Span(f" {left(cut_middle(host, cells), cells)}"),
            Span(f" {right(status, 4)}", status_tone),
            Span(f" {right(took, 6)} ", Tone.DIM),
            foreign(_without_prefix(entry), Tone.PLAIN if status else status_tone),
        ),
        width,
    )


def _only_lately(tone: Tone, entry: LogEntry, clock: Clock) -> Tone:
    """Return *tone*; no red for a failure of long ago, which is history."""
    secs = secs_between(entry.created_at, clock.now())
    return Tone.BOLD if tone is Tone.BAD and secs > LATELY_SECS else tone


def _host_cells(width: int) -> int:
    return max(12, min(36, (width - 30) * 4 // 10))


def _without_prefix(entry: LogEntry) -> str:
    """Return the answer alone where the status says what it came to."""
    message = message_of(entry)
    if entry.status_code is None:
        return message.removeprefix("Job ")
    for words in _SAID_BY_STATUS:
        if message.startswith(words):
            return message.removeprefix(words)
    return message


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
