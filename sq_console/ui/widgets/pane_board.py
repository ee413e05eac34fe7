"""The panes side by side, or one open and the others folded to their bars.

The stylesheet decides between them by the screen's size. The board requests what its
visible panes need, and shows what was read.
"""

from collections.abc import Collection, Sequence

from textual.app import ComposeResult
from textual.containers import Container

from sq_console.model import CausesReading, JobFilter
from sq_console.text.sanitize import clean
from sq_console.ui.content import pane_bars
from sq_console.ui.content.failures.cause_columns import causes_summary
from sq_console.ui.content.found import found_title
from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.lists.hits import pane_with_hits
from sq_console.ui.state.lists.job_readings import ListReading, ListRequest
from sq_console.ui.state.lists.pane_list import PaneList
from sq_console.ui.state.log_follower import LogRow
from sq_console.ui.state.panes import LISTS, WINDOW, Pane
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.widgets.cause_list import CauseList
from sq_console.ui.widgets.cursor_list import UNREAD
from sq_console.ui.widgets.job_list import JobList
from sq_console.ui.widgets.log_view import LogView
from sq_console.ui.widgets.pane_box import PaneBox

_CAUSES_ROWS = 6
"""Causes visible at most beside other panes."""
_UNOPENED_ROWS = 50
"""Rows read for a list that is not open."""
_PLACES = (
    Pane.CAUSES,
    Pane.PENDING,
    Pane.RUNNING,
    Pane.FAILED,
    Pane.DONE,
    Pane.LOG,
)


class PaneBoard(Container):
    """All panes; one of them is open: it has the focus."""

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
        for pane in _PLACES:
            yield PaneBox(pane, self.view_of(pane))

    def view_of(self, pane: Pane) -> JobList | LogView | CauseList:
        """Return the list of the pane."""
        if pane is Pane.CAUSES:
            return self.cause_list
        return self.log_view if pane is Pane.LOG else self.lists[pane]

    def on_mount(self) -> None:
        """Open the first pane."""
        self.open(self.open_pane)

    # Which panes are visible

    @property
    def list(self) -> JobList | None:
        """The open list of jobs; None while the causes or the log are open."""
        return self.lists.get(self.open_pane)

    def open(self, pane: Pane) -> None:
        """Give *pane* the focus, and all the room where only one list fits."""
        self.open_pane = pane
        if pane in (Pane.FAILED, Pane.DONE):
            self.finished = pane
        for box in self.query(PaneBox):
            box.set_class(box.pane is pane, "-open")
            box.set_class(box.pane in self._aside(), "-aside")
        # At once, not later: the next key is for this pane.
        self.screen.set_focus(self.view_of(pane))
        self.show_bars()

    def _aside(self) -> tuple[Pane, ...]:
        """Return the one of FAILED and DONE that is hidden."""
        return (Pane.DONE,) if self.finished is Pane.FAILED else (Pane.FAILED,)

    def step(self, by: int) -> None:
        """Open the next pane, or the one before."""
        seen = [pane for pane in _PLACES if pane not in self._aside()]
        self.open(seen[(seen.index(self.open_pane) + by) % len(seen)])

    def zoom(self) -> bool:
        """Show the open pane alone, or all again; return whether it is alone."""
        self.zoomed = not self.zoomed
        self.screen.set_class(self.zoomed, "-zoomed")
        return self.zoomed

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

    # What is read and shown

    def requests(self) -> tuple[ListRequest, ...]:
        """Return what the lists need read."""
        wanted = []
        for pane in LISTS:
            is_hidden = self.zoomed and not self.is_visible(pane)
            if not self.filter_text and (pane in self._aside() or is_hidden):
                continue
            wanted.append(self._request(pane))
        return tuple(wanted)

    def _request(self, pane: Pane) -> ListRequest:
        paging, view = self.state[pane].paging, self.lists[pane]
        if not self.is_visible(pane):
            # Hits are counted up to a page.
            return paging.request(WINDOW if self.filter_text else 1, None)
        is_unopened = (
            pane is not self.open_pane and view.top + view.size.height < _UNOPENED_ROWS
        )
        is_few = is_unopened and not self.filter_text
        keep = view.cursor.key if view.cursor.is_pinned else None
        return paging.request(_UNOPENED_ROWS if is_few else WINDOW, keep)

    def take(self, vitals: Vitals, readings: Sequence[ListReading]) -> None:
        """Show a reading."""
        self._vitals = vitals
        self._held = frozenset(hold.host for hold in vitals.holds)
        for reading in readings:
            pane = reading.request.pane
            state = self.state[pane]
            if not state.accept(reading):
                continue
            if reading.request.limit > 1:
                self.lists[pane].empty = self._why_empty(pane)
                view, jobs = self.lists[pane], state.jobs()
                view.show(jobs, vitals.now, reading.latest, self._held)
        self.show_bars()

    def _why_empty(self, pane: Pane) -> str:
        if not self.filter_text:
            return f"No {pane} jobs."
        hits = self.state[pane].hits()
        if hits is not None and hits.is_searching:
            return "searching… - esc ends it."
        no_match = f"No match for {clean(self.filter_text, 40)}"
        why = self.state[pane].where_else() or no_match
        return f"{why} - esc clears the filter."

    def pane_to_open(self) -> Pane | None:
        """Return the pane to open after a filter; None while hits are counted."""
        counted = {pane: self.state[pane].hits() for pane in LISTS}
        known = {pane: hits for pane, hits in counted.items() if hits is not None}
        return pane_with_hits(known, LISTS, self.open_pane)

    @property
    def has_hits(self) -> bool:
        """Does any job fit, as far as is known?"""
        return any(
            state.reading and state.reading.jobs for state in self.state.values()
        )

    def not_listed(self, pane: Pane) -> int:
        """Return how many marked jobs have left the list, as far as that is known."""
        cursor = self.lists[pane].cursor
        if not cursor.marked or not self.state[pane].is_whole:
            return 0
        listed = {job.id for job in self.state[pane].jobs()}
        return sum(job_id not in listed for job_id in cursor.marked)

    def sort(self) -> str:
        """Put the open list into the next order; return words about it."""
        if self.list is None:
            return "only lists of jobs are sorted"
        state = self.state[self.open_pane]
        words = state.sort()
        self.list.clear()
        if self._vitals is not None:
            self.list.show(state.jobs(), self._vitals.now, None, self._held)
        self.show_bars()
        return words

    def take_causes(self, reading: CausesReading, held: Collection[str]) -> None:
        """Show the causes of failures; *held* are hosts."""
        self._causes = reading
        self._give_rows(2 + min(_CAUSES_ROWS, len(reading.causes)))
        self.cause_list.show(reading, held)
        self.show_bars()

    def _give_rows(self, number: int) -> None:
        """Give the causes so many rows where all panes are visible."""
        number = 1 if number == 2 else number
        if number != self._causes_rows:
            self._causes_rows = number
            self.styles.grid_rows = f"{number} 1fr 1fr 1fr"

    @property
    def is_touched(self) -> bool:
        """Has the operator been at work in any list?"""
        return any(self.view_of(pane).is_touched for pane in Pane)

    def take_log(self, rows: Sequence[LogRow]) -> None:
        """Show new rows of the log."""
        self.log_view.append(rows)

    def narrow(self, wanted: JobFilter | None, text: str) -> int:
        """Filter all lists by *wanted*, typed as *text*; return how many marks were
        taken off. A mark goes with its filter: nobody would see what a key acts on.
        """
        self.filter_text = text
        marks = 0
        for pane in LISTS:
            self.state[pane].narrow(wanted or JobFilter())
            view = self.lists[pane]
            marks += len(view.cursor.marked)
            view.action_unmark_all()
            view.clear()
            view.empty = UNREAD
        self.show_bars()
        return marks

    def turn(self, by: int) -> bool:
        """Go to another page of the open list; return False when there is none."""
        if self.list is None or not self.state[self.open_pane].paging.turn(by):
            return False
        self.list.clear()
        return True

    def set_stale(self, stale: bool) -> None:
        """Dim the rows of all panes while they are old."""
        self.log_view.set_stale(stale)
        self.cause_list.set_stale(stale)
        for view in self.lists.values():
            view.set_stale(stale)

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
