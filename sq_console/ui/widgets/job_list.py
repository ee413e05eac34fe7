"""The list of jobs of one pane: its columns, and the state of a job that has left."""

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic

from sq_console.model import JobFilter, JobState, JobSummary
from sq_console.ui.content.columns.column_memory import ColumnMemory
from sq_console.ui.content.columns.job_cells import RowContext
from sq_console.ui.content.columns.request_text import target_text
from sq_console.ui.content.lines import Line, Span, Tone, cut_line
from sq_console.ui.content.list_columns import (
    Layout,
    choose_columns,
    column_needs,
    job_line,
    title_line,
)
from sq_console.ui.keys import MARKING, OPENING
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.cursor_guard import CursorGuard
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.state.panes import STATES, Pane
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList


def job_cursor() -> RowCursor[JobSummary, int]:
    """A cursor in jobs; another job that has got the id of a marked one is not it."""
    return RowCursor(
        key_of=lambda job: job.id,
        is_same=lambda before, now: before.created_at == now.created_at,
    )


class JobList(CursorList[JobSummary, int]):
    """The jobs of one pane."""

    BINDINGS = [*OPENING, *MARKING]

    def __init__(
        self, pane: Pane, clock: Clock, steady: Callable[[], float] = monotonic
    ) -> None:
        guard = CursorGuard(steady)
        super().__init__(job_cursor(), guard=guard, id=f"{pane}-list", empty=UNREAD)
        self.pane = pane
        self.noun = f"{pane} job"
        self.everything: tuple[JobFilter, frozenset[int]] | None = None
        """All that match were marked: the filter, and the marks of those shown."""
        self._clock = clock
        self._row_context = RowContext(clock.now(), clock)
        self._needed = ColumnMemory(steady)
        self._layout: tuple[tuple[int, tuple[JobSummary, ...]], Layout] | None = None

    def chosen_filter(
        self, wanted: JobFilter
    ) -> tuple[JobFilter, tuple[JobState, ...]] | None:
        """Return *wanted*, the filter of the list, and its states when all that match
        it were marked, and no mark has changed since.
        """
        marked = wanted, frozenset(self.cursor.marked)
        if not marked[1] or marked != self.everything:
            return None
        states = STATES[self.pane]
        return wanted, tuple(s for s in states if wanted.state in (None, s))

    def show(
        self,
        jobs: Sequence[JobSummary],
        now: datetime,
        latest: JobSummary | None = None,
        held: frozenset[str] = frozenset(),
    ) -> None:
        """Show *jobs* as of *now*; *latest* is the cursor's job as it is now, when it
        is not among them; *held* are the held hosts.
        """
        self._row_context = RowContext(now, self._clock, held)
        self.show_rows(jobs, latest)

    def belongs_here(self, row: JobSummary) -> bool:
        """Is the job in a state that this pane lists? It is on a later page then."""
        return row.state in STATES[self.pane]

    def label(self, row: JobSummary) -> str:
        """Return `job 7`."""
        return f"job {row.id}"

    def heads(self) -> Line:
        """Return the titles of the columns."""
        return (Span(" " * GUTTER), *title_line(self._columns()))

    def content(self, row: JobSummary, width: int) -> Line:
        """Return the columns of a job."""
        return job_line(self._columns(), row, self._row_context, width)

    def gone_content(self, row: JobSummary, width: int) -> Line:
        """Return the state of a job that has left the list, and its request."""
        state = f"now {row.state}" if row.state not in STATES[self.pane] else "moved on"
        start = Span(f"{row.id:>6} ", Tone.DIM), Span(f"~ {state}  ", Tone.WARN)
        return cut_line((*start, Span(target_text(row, width), Tone.DIM)), width)

    def _columns(self) -> Layout:
        """Return the columns there is room for; one cell is left for the thumb."""
        key = (self.size.width, self.cursor.rows)
        if self._layout is None or self._layout[0] != key:
            room = self.size.width - 1 - GUTTER
            if not self.cursor.rows:
                self._needed.forget()
            needs = self._needed.joined(column_needs(self.pane, self.cursor.rows))
            self._layout = (key, choose_columns(self.pane, room, needs))
        return self._layout[1]
