"""One pane's list as it was read last: its page, its order, its hits."""

from sq_console.model import JobFilter, JobSummary
from sq_console.ui.state.lists.hits import Hits, hits_of
from sq_console.ui.state.lists.job_readings import ListReading
from sq_console.ui.state.lists.paging import Paging
from sq_console.ui.state.lists.sort_orders import SortOrder, next_order
from sq_console.ui.state.panes import WINDOW, Pane, pane_of


class PaneList:
    """What is known of one pane's list."""

    def __init__(self, pane: Pane) -> None:
        self.pane = pane
        self.paging = Paging(pane)
        self.order: SortOrder | None = None
        """The order of the rows; None for the list's own."""
        self.reading: ListReading | None = None
        """The last one of this page."""
        self._counted: int | None = None
        """How many fit, when they were counted one by one, and nothing has changed."""

    def accept(self, reading: ListReading) -> bool:
        """Note *reading*; return False when it is of another page or filter."""
        if not self.paging.take(reading):
            return False
        if [job.id for job in reading.jobs] != [job.id for job in self._jobs_read()]:
            self._counted = None
        self.reading = reading
        return True

    def count(self, number: int) -> None:
        """Note that *number* jobs fit: all of them were read."""
        self._counted = number

    def _jobs_read(self) -> tuple[JobSummary, ...]:
        return self.reading.jobs if self.reading else ()

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return the rows, in the order that was chosen."""
        if self.reading is None:
            return ()
        jobs = self.reading.jobs
        return jobs if self.order is None else self.order.sort(jobs)

    def hits(self) -> Hits | None:
        """Return how many jobs fit the filter; None until they have been counted."""
        reading = self.reading
        if reading is None or reading.request.limit < WINDOW:
            return None
        if self._counted is not None:
            return Hits(self._counted)
        return hits_of(reading, self.paging.before)

    @property
    def is_whole(self) -> bool:
        """Does the list have no other rows than those read?"""
        hits = self.hits()
        return (
            hits is not None
            and hits.number == len(self._jobs_read())
            and not (hits.is_more or hits.looked_at is not None)
        )

    def sort(self) -> str:
        """Take the next order; return words about it."""
        self.order = next_order(self.pane, self.order)
        return self.order_words() or "in the list's own order"

    def order_words(self) -> str:
        """Return the order's name, and among which rows it holds; "" for the list's
        own order.
        """
        if self.order is None:
            return ""
        number = len(self._jobs_read())
        among = "" if self.is_whole else f" among these {number:,}"
        return f"by {self.order.name}{among}"

    def narrow(self, wanted: JobFilter) -> None:
        """Take another filter, from its first page on."""
        self.paging.narrow(wanted)
        self.reading, self._counted = None, None

    def where_else(self) -> str:
        """Return where the job is whose id is wanted: `88231 is in Done, 5`."""
        wanted, reading = self.paging.wanted.job_id, self.reading
        if wanted is None or reading is None:
            return ""
        if reading.elsewhere is None:
            return f"There is no job {wanted}"
        there = pane_of(reading.elsewhere.state)
        if there is self.pane:
            return f"Job {wanted} is here, but does not fit the rest of the filter"
        return f"{wanted} is in {there.heading}, {there.key}"
