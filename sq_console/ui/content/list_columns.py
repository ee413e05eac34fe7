"""The columns of each list, and which of them a width has room for.

A request is worth more than most columns beside it. Such a column names the cells that
the request must keep, and is shown only while it does.
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
"""A job that has been due for longer is shown as a warning."""
_ABORT_SECS = 10
"""The outcome of a call is recorded at most so long after its timeout."""


@dataclass(frozen=True, slots=True)
class RowContext:
    """The times that all rows of a list are shown relative to."""

    now: datetime
    """The database's clock when the rows were read."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class Column:
    """One column; width 0 takes the cells the other columns leave."""

    title: str
    width: int
    cell: Callable[[JobSummary, RowContext], Span]
    min_request_cells: int = 0
    """The column is shown while the request keeps so many cells; 0: always."""
    at_right: bool = False
    needed_by: Callable[[JobSummary], bool] | None = None
    """The column is shown when this holds for a job of the list; None: always."""

    def title_cell(self, width: int) -> str:
        """Return the title as wide as the column."""
        return (right if self.at_right else left)(self.title, width)

    def cell_span(self, job: JobSummary, context: RowContext, width: int) -> Span:
        """Return the cell of *job* as wide as the column."""
        text, tone = self.cell(job, context)
        return Span((right if self.at_right else left)(text, width), tone)


Layout = tuple[tuple[Column, int], ...]


def choose_columns(pane: Pane, width: int, jobs: Sequence[JobSummary]) -> Layout:
    """Return the columns of *pane* that fit in *width* cells, each with its width."""
    columns = [
        column
        for column in _COLUMNS[pane]
        if column.needed_by is None or any(map(column.needed_by, jobs))
    ]
    id_cells = max(6, len(str(max((job.id for job in jobs), default=0))))
    while True:
        fixed = id_cells + sum(column.width + 1 for column in columns)
        neediest = max(columns, key=lambda column: column.min_request_cells)
        needed_cells = neediest.min_request_cells
        if not needed_cells or width - fixed >= needed_cells:
            break
        columns.remove(neediest)
    rest = max(8, width - fixed)
    return (
        (_ID, id_cells),
        *((column, column.width or rest) for column in columns),
    )


def title_line(chosen: Layout) -> Line:
    """Return the line of titles."""
    titles = [column.title_cell(width) for column, width in chosen]
    return (Span(" ".join(titles), Tone.DIM),)


def job_line(chosen: Layout, job: JobSummary, context: RowContext, width: int) -> Line:
    """Return the row of *job* in exactly *width* cells."""
    spans: list[Span] = []
    for column, cells in chosen:
        if spans:
            spans.append(Span(" "))
        if column.width:
            spans.append(column.cell_span(job, context, cells))
        else:
            spans.extend(cut_line(request_line(job, cells), cells))
    return cut_line(tuple(spans), width)


def request_line(job: JobSummary, width: int) -> Line:
    """Return `POST   api.example.com/v1/orders/8812`, a long url cut in its middle."""
    method = foreign(job.http_method.strip().upper(), Tone.DIM, 10)
    room = max(0, width - 7)
    url = foreign(_without_http(redact_url(job.url)))
    return Span(left(method.text, 6), method.tone), Span(" "), _url_span(url.text, room)


def _url_span(text: str, width: int) -> Span:
    return Span(cut_middle(text, width))


def _without_http(url: str) -> str:
    """Return *url* without `http://`: nearly all have it, so only others need cells."""
    return url.removeprefix("http://")


def retries_text(job: JobSummary) -> str:
    """Return `2/5` for the second of five retries; "" for a job's first call."""
    if job.max_retries is None or job.max_retries < 1:
        return ""
    used = job.max_retries - max(0, job.remaining_retries)
    if job.state is JobState.PENDING and job.result_code is not None:
        used += 1  # the retry it is waiting for
    return f"{used}/{job.max_retries}" if used > 0 else ""


def _due_cell(job: JobSummary, context: RowContext) -> Span:
    late = secs_between(job.run_at, context.now)
    if late < 0:
        return Span(f"in {age(-late)}", Tone.DIM)
    tone = Tone.WARN if late >= LATE_JOB_SECS else Tone.PLAIN
    return Span(f"{age(late)} late" if late >= 1 else "now", tone)


def _running_cell(job: JobSummary, context: RowContext) -> Span:
    secs = secs_between(job.last_started_at, context.now)
    if job.kill_requested_at is not None:
        return Span("killing", Tone.BAD)
    tone = Tone.WARN if secs > 0.8 * max(1, job.timeout_secs) else Tone.BUSY
    return Span(f"{stopwatch(secs)}/{stopwatch_limit(max(1, job.timeout_secs))}", tone)


def _ended_cell(job: JobSummary, context: RowContext) -> Span:
    return Span(age(secs_between(job.last_finished_at, context.now)))


def _result_cell(job: JobSummary, context: RowContext) -> Span:
    if job.state is JobState.KILLED:
        return Span("killed", Tone.WARN)
    if job.state is JobState.SUCCEEDED:
        return Span(f"ok {job.last_status_code or ''}".rstrip(), Tone.GOOD)
    return Span(job.state.value.replace("_", " "), Tone.DIM)


def _duration_cell(job: JobSummary, context: RowContext) -> Span:
    if job.last_finished_at is None or not _ended_by_call(job):
        return Span("-", Tone.DIM)
    return Span(stopwatch(secs_between(job.last_started_at, job.last_finished_at)))


def _ended_by_call(job: JobSummary) -> bool:
    """Return whether a call of *job* ended when the job did.

    False for a job that was pending when it was killed. The row has no field for that,
    but its times show it. A claim comes after the due time, and a retry sets a due time
    after the last start. A job that was released and killed later ended further from
    its start than a call can last.
    """
    started, due = job.last_started_at, job.run_at
    if started is None or job.state is not JobState.KILLED:
        return started is not None
    if due is not None and due.replace(microsecond=0) > started:
        return False
    secs = secs_between(started, job.last_finished_at or started)
    return secs <= max(1, job.timeout_secs) + _ABORT_SECS


def _error_cell(job: JobSummary, tone: Tone) -> Span:
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
    lambda job, context: Span(context.clock.time(job.last_finished_at), Tone.DIM),
    44,
)

_COLUMNS: dict[Pane, Sequence[Column]] = {
    Pane.PENDING: (
        Column("DUE", 8, _due_cell),
        _RETRY,
        _REQUEST,
        Column("LAST", 18, lambda job, _: _error_cell(job, Tone.WARN), 48),
        _ORG,
        _PRIORITY,
    ),
    Pane.RUNNING: (
        Column("FOR", 10, _running_cell),
        _RETRY,
        _REQUEST,
        _ORG,
        Column(
            "ON", 16, lambda job, _: foreign(job.processor or "?", Tone.DIM, 60), 40
        ),
    ),
    Pane.FAILED: (
        Column("ENDED", 5, _ended_cell, at_right=True),
        Column("WHY", 18, lambda job, _: _error_cell(job, Tone.BAD)),
        _RETRY,
        _REQUEST,
        _ORG,
        _AT,
    ),
    Pane.DONE: (
        Column("ENDED", 5, _ended_cell, at_right=True),
        Column("RESULT", 8, _result_cell),
        Column("TOOK", 6, _duration_cell, 34, True),
        _RETRY,
        _REQUEST,
        _ORG,
        _AT,
    ),
}
