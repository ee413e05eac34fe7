"""The panes side by side, or one open and the others folded to their bars.

The stylesheet decides between them by the screen's size. The board requests what its
visible panes need, and shows what was read.
"""

from collections.abc import Collection, Sequence

from textual.widget import Widget

from sq_console.model import CausesReading, JobFilter
from sq_console.text.sanitize import clean
from sq_console.ui.state.lists.hits import pane_with_hits
from sq_console.ui.state.lists.job_readings import ListReading, ListRequest
from sq_console.ui.state.log_follower import LogRow
from sq_console.ui.state.panes import LISTS, WINDOW, Pane
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.widgets.boxes.barred_panes import PLACES, BarredPanes
from sq_console.ui.widgets.boxes.pane_box import PaneBox

_CAUSES_ROWS = 6
"""Causes visible at most beside other panes."""
_UNOPENED_ROWS = 50
"""Rows read for a list that is not open."""


class PaneBoard(BarredPanes):
    """All panes; one of them is open: it has the focus."""

    def on_mount(self) -> None:
        """Open the first pane."""
        self.open(self.open_pane)

    # Which pane is open

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

    def open_focused(self, widget: Widget | None) -> bool:
        """Open the pane whose list *widget* is, unless it is open; return whether it
        was opened.
        """
        if widget is None or widget is self.view_of(self.open_pane):
            return False
        pane = next((pane for pane in Pane if self.view_of(pane) is widget), None)
        if pane is not None:
            self.open(pane)
        return pane is not None

    def step(self, by: int) -> None:
        """Open the next pane, or the one before."""
        seen = [pane for pane in PLACES if pane not in self._aside()]
        self.open(seen[(seen.index(self.open_pane) + by) % len(seen)])

    def zoom(self) -> bool:
        """Show the open pane alone, or all again; return whether it is alone."""
        self.zoomed = not self.zoomed
        self.screen.set_class(self.zoomed, "-zoomed")
        return self.zoomed

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

    def sort(self) -> str:
        """Put the open list into the next order; return words about it."""
        if self.list is None:
            return "only lists of jobs are sorted"
        state = self.state[self.open_pane]
        words = state.sort()
        self.list.clear()
        if self._vitals is not None:
            self.list.empty = self._why_empty(self.open_pane)
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
