"""Which page of which list is looked at.

Lists are windows: a page is asked for by the mark at which the one before it ended, so
the way back is remembered as it was gone.
"""

from sq_console.model import JobFilter
from sq_console.ui.state.lists.job_readings import ListReading, ListRequest
from sq_console.ui.state.lists.text_scan import TextScan
from sq_console.ui.state.panes import WINDOW, Pane, states_of


class Paging:
    """The place in one pane's list."""

    def __init__(self, pane: Pane) -> None:
        self.pane = pane
        self.wanted = JobFilter()
        self._scan: TextScan | None = None
        self._way: list[str] = []
        self._next: str | None = None

    @property
    def before(self) -> int:
        """Rows on the pages before this one."""
        return len(self._way) * WINDOW

    @property
    def more(self) -> bool:
        """Is there a next page?"""
        return self._next is not None

    def request(self, limit: int, keep: int | None) -> ListRequest:
        """What to read for this page."""
        after = self._way[-1] if self._way else None
        return ListRequest(self.pane, self.wanted, limit, after, keep, self._scan)

    def take(self, reading: ListReading) -> bool:
        """Note where the page ends; False when *reading* is of another page."""
        now = self.request(reading.request.limit, reading.request.keep)
        if reading.request != now:
            return False
        self._next = reading.next if reading.request.limit == WINDOW else self._next
        return True

    def turn(self, by: int) -> bool:
        """Go to the next or the page before; False when there is none."""
        if by > 0 and self._next is not None:
            self._way.append(self._next)
        elif by < 0 and self._way:
            self._way.pop()
        else:
            return False
        self._next = None
        return True

    def narrow(self, wanted: JobFilter) -> None:
        """Another filter, from its first page."""
        self.wanted, self._way, self._next = wanted, [], None
        is_scan = wanted.reads_texts and wanted.job_id is None
        states = states_of(self.pane, wanted)
        self._scan = TextScan(wanted, states) if is_scan else None
