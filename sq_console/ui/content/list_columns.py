"""What a row of each list shows, and which columns a width has room for.

A request is worth more than most columns beside it: each of them is shown only while
the request keeps the cells that column leaves it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sq_console.model import JobState, JobSummary
from sq_console.text.humanize import age, stopwatch, stopwatch_limit
from sq_console.text.redact import redact_url
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.panes import Pane
from sq_console.ui.terminal.cells import cut, cut_middle, left, right

LATE_JOB_SECS = 600
"""A due job that has waited longer is worth a second look."""
_ABORT_SECS = 10
"""Past its timeout a call lasts no longer until its end is recorded."""


@dataclass(frozen=True, slots=True)
class RowContext:
    """From where rows are looked at."""

    now: datetime
    """The database's clock at the reading."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Column:
    """One column; width 0 takes what is left."""

    title: str
    width: int
    cell: Callable[[JobSummary, RowContext], Span]
    min_request_cells: int = 0
    """Shown only if the request keeps this many cells; 0 is shown always."""
    at_right: bool = False
    needed_by: Callable[[JobSummary], bool] | None = None
    """Shown only when this holds for a job in the list; None is shown always."""

    def title_cell(self, width: int) -> str:
        """The title as wide as the column."""
        return (right if self.at_right else left)(self.title, width)

    def cell_span(self, job: JobSummary, sight: RowContext, width: int) -> Span:
        """The cell as wide as the column."""
        text, tone = self.cell(job, sight)
        return Span((right if self.at_right else left)(text, width), tone)


Layout = tuple[tuple[Column, int], ...]


def choose_columns(pane: Pane, width: int, jobs: Sequence[JobSummary]) -> Layout:
    """The columns of *pane* for *jobs* in *width* cells, each with its width."""
    columns = [
        column
        for column in _COLUMNS[pane]
        if column.needed_by is None or any(map(column.needed_by, jobs))
    ]
    id_cells = max(6, len(str(max((job.id for job in jobs), default=0))))
    while True:
        fixed = id_cells + sum(column.width + 1 for column in columns)
        greediest = max(columns, key=lambda column: column.min_request_cells)
        if (
            not greediest.min_request_cells
            or width - fixed >= greediest.min_request_cells
        ):
            break
        columns.remove(greediest)
    rest = max(8, width - fixed)
    return (
        (_ID, id_cells),
        *((column, column.width or rest) for column in columns),
    )


def title_line(chosen: Layout) -> Line:
    """The line of titles."""
    return (
        Span(" ".join(column.title_cell(width) for column, width in chosen), Tone.DIM),
    )


def job_line(chosen: Layout, job: JobSummary, sight: RowContext, width: int) -> Line:
    """A job's row."""
    spans: list[Span] = []
    for column, cells in chosen:
        if spans:
            spans.append(Span(" "))
        if column.width:
            spans.append(column.cell_span(job, sight, cells))
        else:
            spans.extend(cut_line(request_line(job, cells), cells))
    return cut_line(tuple(spans), width)


def request_line(job: JobSummary, width: int) -> Line:
    """`POST   api.example.com/v1/orders/8812`, its middle cut when it is too long."""
    method = foreign(job.http_method.strip().upper(), Tone.DIM, 10)
    room = max(0, width - 7)
    url = foreign(_short_url(redact_url(job.url)))
    return Span(left(method.text, 6), method.tone), Span(" "), _url(url.text, room)


def _url(text: str, width: int) -> Span:
    return Span(cut_middle(text, width))


def _short_url(url: str) -> str:
    """Plain http is what nearly all are: only another scheme is worth its cells."""
    return url.removeprefix("http://")


def retries_text(job: JobSummary) -> str:
    """`2/5`: the second of five retries; empty for a job's first call."""
    if job.max_retries is None or job.max_retries < 1:
        return ""
    used = job.max_retries - max(0, job.remaining_retries)
    if job.state is JobState.PENDING and job.result_code is not None:
        used += 1  # the retry it is waiting for
    return f"{used}/{job.max_retries}" if used > 0 else ""


def _due(job: JobSummary, sight: RowContext) -> Span:
    late = secs_between(job.run_at, sight.now)
    if late < 0:
        return Span(f"in {age(-late)}", Tone.DIM)
    tone = Tone.WARN if late >= LATE_JOB_SECS else Tone.PLAIN
    return Span(f"{age(late)} late" if late >= 1 else "now", tone)


def _running_for(job: JobSummary, sight: RowContext) -> Span:
    secs = secs_between(job.last_started_at, sight.now)
    if job.kill_requested_at is not None:
        return Span("killing", Tone.BAD)
    tone = Tone.WARN if secs > 0.8 * max(1, job.timeout_secs) else Tone.BUSY
    return Span(f"{stopwatch(secs)}/{stopwatch_limit(max(1, job.timeout_secs))}", tone)


def _ended(job: JobSummary, sight: RowContext) -> Span:
    return Span(age(secs_between(job.last_finished_at, sight.now)))


def _result(job: JobSummary, sight: RowContext) -> Span:
    if job.state is JobState.KILLED:
        return Span("killed", Tone.WARN)
    if job.state is JobState.SUCCEEDED:
        return Span(f"ok {job.last_status_code or ''}".rstrip(), Tone.GOOD)
    return Span(job.state.value, Tone.DIM)


def _took(job: JobSummary, sight: RowContext) -> Span:
    if job.last_finished_at is None or not _ended_by_call(job):
        return Span("-", Tone.DIM)
    return Span(stopwatch(secs_between(job.last_started_at, job.last_finished_at)))


def _ended_by_call(job: JobSummary) -> bool:
    """False for a job that waited when it was killed. Its row does not say so, but a
    claim leaves the due time behind, a retry puts it ahead of the last start; and what
    was given back and then killed lies further from its start than a call can last.
    """
    started, due = job.last_started_at, job.run_at
    if started is None or job.state is not JobState.KILLED:
        return started is not None
    if due is not None and due.replace(microsecond=0) > started:
        return False
    secs = secs_between(started, job.last_finished_at or started)
    return secs <= max(1, job.timeout_secs) + _ABORT_SECS


def _error(job: JobSummary, tone: Tone) -> Span:
    return foreign(cut(job.last_error or "", 40), tone)


_ID = Column("ID", 1, lambda job, _: Span(str(job.id), Tone.BOLD), at_right=True)
_REQUEST = Column("REQUEST", 0, lambda job, _: Span(""))
_RETRY = Column("RETRY", 5, lambda job, _: Span(retries_text(job), Tone.DIM), 30)
_ORG = Column(
    "ORG",
    6,
    lambda job, _: Span(str(job.organization_id or ""), Tone.DIM),
    34,
    True,
    lambda job: job.organization_id is not None,
)
_PRIORITY = Column(
    "PRI",
    4,
    lambda job, _: Span(str(job.priority or ""), Tone.DIM),
    32,
    True,
    lambda job: job.priority != 0,
)
_AT = Column(
    "AT",
    8,
    lambda job, sight: Span(sight.clock.time(job.last_finished_at), Tone.DIM),
    44,
)

_COLUMNS: dict[Pane, Sequence[Column]] = {
    Pane.PENDING: (
        Column("DUE", 8, _due),
        _RETRY,
        _REQUEST,
        Column("LAST", 18, lambda job, _: _error(job, Tone.WARN), 48),
        _ORG,
        _PRIORITY,
    ),
    Pane.RUNNING: (
        Column("FOR", 10, _running_for),
        _RETRY,
        _REQUEST,
        _ORG,
        Column(
            "ON", 16, lambda job, _: foreign(job.processor or "?", Tone.DIM, 60), 40
        ),
    ),
    Pane.FAILED: (
        Column("ENDED", 5, _ended, at_right=True),
        Column("WHY", 18, lambda job, _: _error(job, Tone.BAD)),
        _RETRY,
        _REQUEST,
        _ORG,
        _AT,
    ),
    Pane.DONE: (
        Column("ENDED", 5, _ended, at_right=True),
        Column("RESULT", 8, _result),
        Column("TOOK", 6, _took, 34, True),
        _RETRY,
        _REQUEST,
        _ORG,
        _AT,
    ),
}
