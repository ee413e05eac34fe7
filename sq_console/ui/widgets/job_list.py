"""A list of jobs: the keys that move its cursor, and how its rows are painted.

What the cursor is on is decided in `rows`. Here is the operator's side of it: a cursor
is acted upon only while its row is in sight and has not just moved by itself, and a
list nobody has touched for a while does not keep ghosts.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from time import monotonic

from textual import events
from textual.message import Message

from sq_console.model import JobSummary
from sq_console.ui.content.columns import (
    Layout,
    RowContext,
    heads,
    job_line,
    layout,
    request,
)
from sq_console.ui.content.lines import Line, Span, Tone, cut_line
from sq_console.ui.keys import MARKING, OPENING
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.list_cursor import ListCursor
from sq_console.ui.state.panes import STATES, Pane
from sq_console.ui.widgets.painted import Row
from sq_console.ui.widgets.scroller import Scroller

AT_WORK_SECS = 30.0
"""So long after a key the operator is thought to look at the row under the cursor."""
SETTLE_SECS = 1.0
"""A cursor that moved by itself is not acted upon for so long."""
_GUTTER = 2


class JobList(Scroller):
    """The jobs of one pane."""

    COMPONENT_CLASSES = {"row--cursor", "row--idle-cursor", "row--marked"}
    BINDINGS = [*OPENING, *MARKING]

    class Clicked(Message):
        """A job was clicked twice: it is to be shown."""

        def __init__(self, job_id: int) -> None:
            super().__init__()
            self.job_id = job_id

    class Changed(Message):
        """The cursor, the window or the marks are no longer what they were."""

    def __init__(
        self, pane: Pane, clock: Clock, steady: Callable[[], float] = monotonic
    ) -> None:
        super().__init__(id=f"{pane}-list")
        self.pane = pane
        self.cursor = ListCursor()
        self.empty = "reading…"
        """What is said where there are no jobs."""
        self.marking: object | None = None
        """Stands for a marking of all that is under way, until a mark is changed."""
        self.stale = False
        """The database is lost: rows are what was last known."""
        self._clock = clock
        self._steady = steady
        self._row_context = RowContext(clock.now(), clock)
        self._touched_at = self._slid_at = -AT_WORK_SECS
        self._layout: tuple[tuple[int, tuple[JobSummary, ...]], Layout] | None = None

    def show(
        self,
        jobs: Sequence[JobSummary],
        now: datetime,
        latest: JobSummary | None = None,
    ) -> None:
        """Show *jobs* as of *now*; *became* is what is known of the cursor's job when
        it is not among them.
        """
        was_at = self.cursor.index()
        self._row_context = RowContext(now, self._clock)
        haunt = self.has_focus and self._is_at_work()
        if self.cursor.update(jobs, keep_gone_row=haunt, latest=latest):
            self._slid_at = self._steady()
        now_at = self.cursor.index()
        if self._is_at_work() and was_at is not None and now_at is not None:
            self.top += now_at - was_at  # the row stays where the operator looks
        self.scroll_to_line(self.top)
        if not self._is_at_work() and not self._is_in_sight(now_at):
            self.cursor.put(self.top)
            self._slid_at = self._steady()
            self.repaint()

    def clear(self) -> None:
        """Forget the rows: another filter, another page. Marks stay."""
        self.cursor.clear()
        self.scroll_to_line(0)

    def why_not_here(self) -> str | None:
        """Why the row under the cursor is not to be acted upon just now. A cursor out
        of sight is brought into view.
        """
        job, index = self.cursor.job_at(), self.cursor.index()
        slid, self._slid_at = self._steady() - self._slid_at < SETTLE_SECS, -SETTLE_SECS
        self.touch()
        if job is None or index is None:
            return f"no {self.pane} job is under the cursor"
        if not self._is_in_sight(index):
            self._look_at(index)
            return f"the cursor was out of sight, on job {job.id}: press again"
        if slid:
            return f"the list moved under the cursor, now on job {job.id}: press again"
        return None

    def touch(self) -> None:
        """The operator is at work here."""
        self._touched_at = self._steady()

    def _is_in_sight(self, index: int | None) -> bool:
        height = max(1, self.size.height)
        return index is not None and self.top <= index < self.top + height

    def _is_at_work(self) -> bool:
        return self._steady() - self._touched_at < AT_WORK_SECS

    def _put_cursor(self, index: int) -> None:
        self.touch()
        self._slid_at = -AT_WORK_SECS
        put = self.cursor.put(index)
        if put is not None:
            self._look_at(put)

    def _look_at(self, index: int) -> None:
        height = max(1, self.size.height)
        self.scroll_to_line(max(index - height + 1, min(self.top, index)))
        self.post_message(self.Changed())

    def action_move(self, by: int) -> None:
        """Move the cursor, and the window with it."""
        self._put_cursor((self.cursor.index() or 0) + by)

    def action_home(self) -> None:
        """Put the cursor on the first job."""
        self._put_cursor(0)

    def action_end(self) -> None:
        """Put the cursor on the last job of the page."""
        self._put_cursor(len(self.cursor.jobs))

    def action_mark(self) -> None:
        """Mark or unmark the cursor's job, and go down."""
        self.marking = None
        self.cursor.toggle_mark()
        self.action_move(1)

    def action_unmark_all(self) -> None:
        """Take all marks off."""
        self.marking = None
        self.unmark(list(self.cursor.marked))

    def mark(self, jobs: Sequence[JobSummary]) -> None:
        """Mark all of these."""
        self.cursor.marked.update((job.id, job) for job in jobs)
        self._marks_changed()

    def unmark(self, job_ids: Sequence[int]) -> None:
        """Take the marks off these."""
        self.cursor.unmark(job_ids)
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.repaint()
        self.post_message(self.Changed())

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor; a second one opens."""
        self._put_cursor(self.top + event.y)
        if event.chain > 1 and self.cursor.cursor_id is not None:
            self.post_message(self.Clicked(self.cursor.cursor_id))

    def on_focus(self) -> None:
        """The cursor lights up."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor dims."""
        self.repaint()

    def line_count(self) -> int:
        """One line a job."""
        return len(self.cursor.jobs)

    def row(self, y: int) -> Row:
        """A job's line; in an empty list, why it is empty."""
        if self.cursor.jobs or y != 0:
            return super().row(y)
        return (Span(f"  {self.empty}", Tone.DIM),), ""

    def heads(self) -> Line:
        """The titles of the columns."""
        return (Span(" " * _GUTTER), *heads(self._columns()))

    def line(self, number: int, width: int) -> Row:
        """A job, with a gutter for cursor and mark."""
        job = self.cursor.jobs[number]
        is_cursor = job.id == self.cursor.cursor_id
        is_marked = job.id in self.cursor.marked
        gutter = (">" if is_cursor and self.has_focus else " ") + (
            "*" if is_marked else " "
        )
        content = self._content(job, width - _GUTTER)
        if self.stale:
            content = tuple(Span(text, Tone.DIM) for text, _ in content)
        return (Span(gutter, Tone.KEY), *content), self._backdrop(is_cursor, is_marked)

    def _content(self, job: JobSummary, width: int) -> Line:
        if job.id != self.cursor.gone_id:
            return job_line(self._columns(), job, self._row_context, width)
        fate = f"now {job.state}" if job.state not in STATES[self.pane] else "moved on"
        url = " ".join(span.text.strip() for span in request(job, width))
        told = Span(f"{job.id:>6} ", Tone.DIM), Span(f"~ {fate}  ", Tone.WARN)
        return cut_line((*told, Span(url, Tone.DIM)), width)

    def _backdrop(self, is_cursor: bool, is_marked: bool) -> str:
        if is_cursor:
            return "row--cursor" if self.has_focus else "row--idle-cursor"
        return "row--marked" if is_marked else ""

    def _columns(self) -> Layout:
        """The columns there is room for; one cell is left for the thumb."""
        key = (self.size.width, self.cursor.jobs)
        if self._layout is None or self._layout[0] != key:
            room = self.size.width - 1 - _GUTTER
            self._layout = (key, layout(self.pane, room, self.cursor.jobs))
        return self._layout[1]
