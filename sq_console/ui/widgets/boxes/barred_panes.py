"""The panes of the main screen, and the bar of each: what is in it, how much, and which
of that is visible.
"""

from textual.app import ComposeResult
from textual.containers import Container

from sq_console.model import CausesReading
from sq_console.ui.content import pane_bars
from sq_console.ui.content.failures.cause_columns import causes_summary
from sq_console.ui.content.found import found_title
from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.lists.pane_list import PaneList
from sq_console.ui.state.panes import LISTS, WINDOW, Pane
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.widgets.boxes.pane_box import PaneBox
from sq_console.ui.widgets.cause_list import CauseList
from sq_console.ui.widgets.job_list import JobList
from sq_console.ui.widgets.log_view import LogView

PLACES = (
    Pane.CAUSES,
    Pane.PENDING,
    Pane.RUNNING,
    Pane.FAILED,
    Pane.DONE,
    Pane.LOG,
)
"""The panes from top to bottom."""


class BarredPanes(Container):
    """All panes, each below its bar."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="panes")
        self.open_pane = Pane.PENDING
        self.finished = Pane.FAILED
        """The one of FAILED and DONE that is shown in their common place."""
        self.zoomed = False
        self.lists = {pane: JobList(pane, clock) for pane in LISTS}
        self.log_view = LogView(clock)
        self.cause_list = CauseList(clock)
        self.state = {pane: PaneList(pane) for pane in LISTS}
        self.filter_text = ""
        self.log_filter_text = ""
        self.log_refusal = ""
        """Terms of the filter that the log cannot do: it shows all rows then."""
        self._clock = clock
        self._vitals: Vitals | None = None
        self._causes: CausesReading | None = None
        self._causes_rows = 0
        self._held: frozenset[str] = frozenset()

    def compose(self) -> ComposeResult:
        """Show the lists and, below them, the log."""
        for pane in PLACES:
            yield PaneBox(pane, self.view_of(pane))

    def view_of(self, pane: Pane) -> JobList | LogView | CauseList:
        """Return the list of the pane."""
        if pane is Pane.CAUSES:
            return self.cause_list
        return self.log_view if pane is Pane.LOG else self.lists[pane]

    # Which panes are visible

    @property
    def list(self) -> JobList | None:
        """The open list of jobs; None while the causes or the log are open."""
        return self.lists.get(self.open_pane)

    def _aside(self) -> tuple[Pane, ...]:
        """Return the one of FAILED and DONE that is hidden."""
        return (Pane.DONE,) if self.finished is Pane.FAILED else (Pane.FAILED,)

    @property
    def folds(self) -> bool:
        """Is there room for one open pane only?"""
        screen = self.screen
        return screen.has_class("-narrow") or screen.has_class("-low")

    def is_visible(self, pane: Pane) -> bool:
        """Are rows of the pane visible?"""
        if pane in self._aside():
            return False
        return pane is self.open_pane or not (self.folds or self.zoomed)

    def not_listed(self, pane: Pane) -> int:
        """Return how many marked jobs have left the list, as far as that is known."""
        cursor = self.lists[pane].cursor
        if not cursor.marked or not self.state[pane].is_whole:
            return 0
        listed = {job.id for job in self.state[pane].jobs()}
        return sum(job_id not in listed for job_id in cursor.marked)

    # Bars

    def show_bars(self) -> None:
        """Show on each bar the state of its pane."""
        for box in self.query(PaneBox):
            if box.is_attached:
                box.show_bar(self._bar(box))

    def _bar(self, box: PaneBox) -> Line:
        pane = box.pane
        if pane is Pane.CAUSES:
            return self._causes_bar(box.width)
        names = self._names(pane)
        if pane is Pane.LOG:
            return self._log_bar(names, box.width)
        if self.is_visible(pane):
            return pane_bars.open_bar(names, self._place(pane), box.width)
        return pane_bars.folded_bar(*self._folded(pane, names, box.width), box.width)

    def _folded(self, pane: Pane, names: Line, width: int) -> tuple[Line, Line]:
        """Return the name of a folded list, and its first job in a few words."""
        reading = self.state[pane].reading
        if self._vitals is None or reading is None:
            return names, BLANK
        marked = len(self.lists[pane].cursor.marked)
        if marked:
            names = *names, Span(" "), pane_bars.marks_badge(marked)
        job = reading.jobs[0] if reading.jobs else None
        if job is None and self.filter_text:
            return names, BLANK
        return names, pane_bars.first_job_summary(pane, job, self._vitals, width)

    def _causes_bar(self, width: int) -> Line:
        if self.is_visible(Pane.CAUSES):
            return pane_bars.causes_bar(self._causes, width)
        title, reading = pane_bars.causes_title(self._causes), self._causes
        if self.filter_text:
            title = *title, Span("  all causes, not filtered ", Tone.DIM)
        summary = BLANK if reading is None else causes_summary(reading, self._clock)
        return pane_bars.folded_bar(title, summary, width)

    def _names(self, pane: Pane) -> Line:
        """Return the pane's name, and that of the other one in its place."""
        if pane not in (Pane.FAILED, Pane.DONE):
            return self._title(pane)
        both = [self._title(each) for each in (Pane.FAILED, Pane.DONE)]
        shown = [
            line if each is self.finished else pane_bars.dim_title(line)
            for each, line in zip((Pane.FAILED, Pane.DONE), both, strict=True)
        ]
        return (*shown[0], Span(" "), *shown[1])

    def _title(self, pane: Pane) -> Line:
        if self.filter_text and pane is not Pane.LOG:
            return found_title(pane, self.state[pane].hits())
        return pane_bars.pane_title(pane, self._vitals)

    def _place(self, pane: Pane) -> pane_bars.ListPosition:
        view, paging = self.lists[pane], self.state[pane].paging
        number = len(view.cursor.rows)
        last = min(number, view.top + view.size.height)
        return pane_bars.ListPosition(
            first_row=paging.before + view.top + 1,
            last_row=paging.before + last,
            has_more=paging.more or number >= WINDOW,
            marked=len(view.cursor.marked),
            not_listed=self.not_listed(pane),
            order=self.state[pane].order_words(),
            rows_before=paging.before,
        )

    def _log_bar(self, names: Line, width: int) -> Line:
        view = self.log_view
        if self.log_refusal:
            names = *names, Span(f"  all rows, it has no {self.log_refusal} ", Tone.DIM)
        if not self.is_visible(Pane.LOG):
            return pane_bars.folded_bar(
                names, pane_bars.newest_log_summary(view.newest, self._clock), width
            )
        return pane_bars.log_bar(
            names,
            self.log_filter_text,
            following=view.cursor.following,
            unseen=view.cursor.unseen,
            width=width,
        )
