"""The columns of each list, and which of them a width has room for.

Host and path are worth more than what is beside them. A column whose cells are empty,
or alike in all rows, is not shown; others give way while the path would be too short.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sq_console.model import JobSummary
from sq_console.ui.content.columns import job_cells
from sq_console.ui.content.columns.column_memory import ColumnNeeds
from sq_console.ui.content.columns.job_cells import (
    RowContext,
    method_text,
    retries_text,
)
from sq_console.ui.content.columns.request_text import host_name, host_text, path_text
from sq_console.ui.content.lines import Line, Span, Tone, cut_line
from sq_console.ui.state.panes import Pane
from sq_console.ui.terminal.cells import left, right, width_of

_HOST_STEP = 4
"""A host column grows in steps: rows that come and go do not move all cells."""
_HOST_SHARE = 0.5
"""Of the cells for host and path, a host takes no more where the path needs them."""
_SHORTEST_HOST = 8
_PORTS = "ports"
"""Needed where two hosts differ in nothing else."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Of `width` cells it takes as many as its texts need, if it says which
    they are; 0 takes what the others leave.
    """

    title: str
    width: int
    cell: Callable[[JobSummary, RowContext], Span]
    min_path_cells: int = 0
    """The column is shown while the path keeps so many cells; 0: always."""
    at_right: bool = False
    text: Callable[[JobSummary], str] | None = None
    """What its cells say, where that decides whether it is shown and how wide."""
    hides_alike_from: int | None = None
    """It is not shown while all its cells, so many or more, say the same."""

    def title_cell(self, width: int) -> str:
        """Return the title as wide as the column."""
        return (right if self.at_right else left)(self.title, width)

    def cell_span(self, job: JobSummary, context: RowContext, width: int) -> Span:
        """Return the cell of *job* as wide as the column."""
        text, tone = self.cell(job, context)
        return Span((right if self.at_right else left)(text, width), tone)

    def needed_cells(self, jobs: Sequence[JobSummary]) -> int:
        """Return how wide the column must be for *jobs*; 0: it is not needed."""
        if self.text is None:
            return self.width
        texts = {self.text(job) for job in jobs}
        alike_from = self.hides_alike_from
        is_alike = alike_from and len(texts) == 1 and len(jobs) >= alike_from
        longest = max(map(width_of, texts), default=0)
        if not longest or is_alike:
            return 0
        return min(self.width, max(longest, len(self.title)))


Layout = tuple[tuple[Column, int], ...]


def column_needs(pane: Pane, jobs: Sequence[JobSummary]) -> ColumnNeeds:
    """Return which columns of *pane* these jobs need, and how wide they are."""
    needs = {each.title: each.needed_cells(jobs) for each in _COLUMNS[pane]}
    needs[_ID.title] = max(6, len(str(max((job.id for job in jobs), default=0))))
    hosts = {host_text(job): host_name(job) for job in jobs}
    needs[_PORTS] = int(len(hosts) != len(set(hosts.values())))
    widths = map(width_of, hosts if needs[_PORTS] else hosts.values())
    needs[_HOST.title] = -(-max(widths, default=0) // _HOST_STEP) * _HOST_STEP
    needs[_PATH.title] = max((width_of(path_text(job)) for job in jobs), default=0)
    return {title: cells for title, cells in needs.items() if cells}


def choose_columns(pane: Pane, width: int, needs: ColumnNeeds) -> Layout:
    """Return the columns of *pane* that fit in *width* cells, each with its width."""
    columns = [each for each in _COLUMNS[pane] if needs.get(each.title)]
    cells = dict(needs)
    while True:
        room = width - cells[_ID.title] - 2  # a blank before host and before path
        room -= sum(cells[each.title] + 1 for each in columns)
        cells[_HOST.title] = _host_cells(room, needs)
        cells[_PATH.title] = max(8, room - cells[_HOST.title])
        neediest = max(columns, key=lambda column: column.min_path_cells)
        if neediest.min_path_cells <= cells[_PATH.title]:
            break
        columns.remove(neediest)
    at = 1 + sum(each.title in _BEFORE_HOST for each in columns)
    shown = [_ID, *columns]
    shown[at:at] = [_HOST_AND_PORT if needs.get(_PORTS) else _HOST, _PATH]
    return tuple((each, cells[each.title]) for each in shown)


def _host_cells(room: int, needs: ColumnNeeds) -> int:
    beside_path = room - needs.get(_PATH.title, 0)
    most = max(_SHORTEST_HOST, int(room * _HOST_SHARE), beside_path)
    return min(most, needs.get(_HOST.title, 0))


def title_line(chosen: Layout) -> Line:
    """Return the line of titles."""
    titles = [column.title_cell(width) for column, width in chosen if width]
    return (Span(" ".join(titles), Tone.DIM),)


def job_line(chosen: Layout, job: JobSummary, context: RowContext, width: int) -> Line:
    """Return the row of *job* in exactly *width* cells."""
    spans: list[Span] = []
    for column, cells in chosen:
        if cells:
            spans += [Span(" ")] if spans else []
            spans.append(column.cell_span(job, context, cells))
    return cut_line(tuple(spans), width)


def _organization(job: JobSummary) -> str:
    return str(job.organization_id or "")


def _priority(job: JobSummary) -> str:
    return str(job.priority or "")


def _error(job: JobSummary) -> str:
    return job_cells.error_span(job, Tone.DIM).text


_ID = Column("ID", 1, lambda job, _: Span(str(job.id), Tone.BOLD), at_right=True)
_HOST = Column("HOST", 0, lambda job, _: Span(host_name(job)))
_HOST_AND_PORT = Column("HOST", 0, lambda job, _: Span(host_text(job)))
_PATH = Column("PATH", 0, lambda job, _: Span(path_text(job)))
_METHOD = Column(
    "METHOD",
    7,
    lambda job, _: Span(method_text(job), Tone.DIM),
    16,
    text=method_text,
    hides_alike_from=1,
)
_RETRY = Column(
    "RETRY", 5, lambda job, _: Span(retries_text(job), Tone.DIM), 22, text=retries_text
)
_ORG = Column(
    "ORG",
    8,
    lambda job, _: Span(_organization(job), Tone.DIM),
    20,
    at_right=True,
    text=_organization,
    hides_alike_from=2,
)
_PRIORITY = Column(
    "PRI",
    6,
    lambda job, _: Span(_priority(job), Tone.DIM),
    18,
    at_right=True,
    text=_priority,
    hides_alike_from=2,
)
_ENDED = Column("ENDED", 5, job_cells.ended_cell, at_right=True)
_AT = Column("AT", 8, job_cells.at_cell, 32)
_LAST = Column("LAST", 25, job_cells.last_error_cell, 22, text=_error)
_ON = Column(
    "ON",
    22,
    job_cells.processor_cell,
    24,
    text=lambda job: job.processor or "?",
    hides_alike_from=2,
)
_COLUMNS: dict[Pane, Sequence[Column]] = {
    Pane.PENDING: (
        Column("DUE", 6, job_cells.due_cell),
        _METHOD,
        _RETRY,
        _LAST,
        _ORG,
        _PRIORITY,
    ),
    Pane.RUNNING: (
        Column("FOR", 10, job_cells.running_cell),
        _METHOD,
        _RETRY,
        _ORG,
        _ON,
    ),
    Pane.FAILED: (
        _ENDED,
        Column("WHY", 18, job_cells.why_cell, text=_error),
        _METHOD,
        _RETRY,
        _ORG,
        _AT,
    ),
    Pane.DONE: (
        _ENDED,
        Column("RESULT", 9, job_cells.result_cell),
        Column("TOOK", 6, job_cells.duration_cell, 18, at_right=True),
        _METHOD,
        _RETRY,
        _ORG,
        _AT,
    ),
}
_BEFORE_HOST = {"DUE", "FOR", "ENDED", "WHY", "RESULT", "TOOK", "METHOD"}
"""The columns at the left of the host."""
