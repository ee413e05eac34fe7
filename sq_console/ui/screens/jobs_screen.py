"""The main screen: pending, running and failed jobs, and the log.

It reads what its panes need, and chooses the jobs a key acts on. From 100 columns on
all panes are visible; below, one is open and the others are folded to bars.
"""

from collections.abc import Collection, Sequence

from textual import on, work
from textual.app import ComposeResult
from textual.widget import Widget

from sq_console.errors import StoreError
from sq_console.model import (
    JobFilter,
    JobState,
    JobSummary,
)
from sq_console.store import Store
from sq_console.text.humanize import plural
from sq_console.ui.keys import ON_LIST, PAGING, PANES
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.screens.main_panes.find_screen import FindScreen
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.lists.job_readings import (
    ListReading,
    ListRequest,
    read_all,
    read_list,
)
from sq_console.ui.state.log_follower import LogFollower, LogRow
from sq_console.ui.state.panes import WINDOW, Pane
from sq_console.ui.state.screen_data import Vitals, read_vitals
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.job_list import JobList
from sq_console.ui.widgets.list_neighbours import ListNeighbours
from sq_console.ui.widgets.log_view import LogView


class JobsScreen(FindScreen):
    """The panes, and the line for filters."""

    AUTO_FOCUS = ""  # the board says which pane is open
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS = [*ON_LIST, *PAGING, *PANES]

    def compose_middle(self) -> ComposeResult:
        """Show the panes and the line for filters."""
        yield self.board
        yield self._filter_bar

    # Reading

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read lists and counts when *full*, and the log always."""
        following, requests = self.following, self.board.requests() if full else ()
        vitals, readings, entries = await self.console.lane.run(
            lambda store: _read(store, requests, following, full=full)
        )
        if following is self.following:
            self.board.take_log(entries)
        if vitals is not None:
            self.board.take(vitals, readings)
            self.open_hits()
        return vitals

    def show_status(self, status: ConsoleStatus) -> None:
        """Dim the rows while they are old, unless the operator froze them."""
        super().show_status(status)
        is_frozen = status.frozen_since is not None
        self.board.set_stale(bool(status.lost) or (status.is_stale and not is_frozen))
        self.show_causes(status)

    # Which jobs

    def chosen(self) -> Sequence[JobSummary]:
        """Return the marked jobs, else the one under the cursor."""
        jobs = self.board.list
        if jobs is None:
            what = "cause" if self.is_in_causes else "job"
            self.console.notify_operator(f"open the {what} first: enter", bad=True)
            return ()
        if jobs.marking is not None:
            self.console.notify_operator(
                "the jobs are still being marked; press again", bad=True
            )
            return ()
        if jobs.cursor.marked:
            return tuple(jobs.cursor.marked.values())
        refusal = jobs.why_not_here()
        job = jobs.cursor.current
        if refusal or job is None:
            self.console.notify_operator(refusal or "no job here", bad=True)
            return ()
        return (job,)

    def not_listed(self) -> int:
        """Return how many of the marked jobs have left the list."""
        return self.board.not_listed(self.board.open_pane)

    def chosen_filter(self) -> tuple[JobFilter, tuple[JobState, ...]] | None:
        """Return the filter of the open pane when all that match it are chosen."""
        jobs = self.board.list
        if jobs is None:
            return None
        return jobs.chosen_filter(
            self.board.state[jobs.pane].paging.request(1, None).wanted
        )

    def bulk_begun(self) -> None:
        """Take the marks off: the bulk action has the jobs."""
        for jobs in self.board.lists.values():
            if jobs.everything is not None:
                jobs.action_unmark_all()

    def chosen_id(self) -> int | None:
        """Return the job under the cursor, of a list or of the log."""
        jobs = self.board.list
        if self.is_in_causes:
            return None
        return self.board.log_view.cursor_job_id() if jobs is None else jobs.cursor.key

    def why_no_id(self) -> str:
        """Return why there is no job under the cursor of the open pane."""
        rows = self.board.view_of(self.board.open_pane)
        is_empty = rows.cursor.current is None
        return rows.why_no_row() if is_empty else "this row is about no job"

    def host_under_cursor(self) -> str | None:
        """Return the host of the cause, or of the job, under the cursor."""
        cause = self.board.cause_list.cursor.current if self.is_in_causes else None
        return cause.key.host if cause else super().host_under_cursor()

    def hinted_jobs(self) -> Collection[JobSummary]:
        """Return the marked jobs, else the one under the cursor."""
        jobs = self.board.list
        if jobs is None:
            return ()
        current = jobs.cursor.current
        return jobs.cursor.marked.values() or ([current] if current else [])

    def choice(self) -> object:
        """Return the open pane, its cursor's job, and the marks."""
        jobs = self.board.list
        if jobs is not None:
            jobs.pin()
        marked = frozenset(jobs.cursor.marked) if jobs else frozenset[int]()
        cause = self.board.cause_list.cursor.key
        return self.board.open_pane, self.chosen_id(), marked, cause

    def acted(self, job_ids: Sequence[int]) -> None:
        """Take the marks off these jobs."""
        for jobs in self.board.lists.values():
            jobs.unmark(job_ids)

    def action_open(self) -> None:
        """Open the page of the job, or of the cause, under the cursor."""
        if self.is_in_causes:
            self.open_current_cause()
            return
        job_id, jobs = self.known_id(), self.board.list
        rows = self.board.log_view if jobs is None else jobs
        if job_id is None:
            return
        if jobs is not None:
            jobs.pin()
        seen = None if jobs is None else jobs.cursor.current
        listed = ListNeighbours(rows)
        self.console.open_screen(JobScreen(job_id, seen, listed))

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    @on(CursorList.Changed)
    def _show_bars(self) -> None:
        self.board.show_bars()
        self.key_hints.choose()

    # Panes

    def action_pane(self, name: str) -> None:
        """Open a pane."""
        self.board.open(Pane(name))
        self._opened()

    def action_next_pane(self, by: int) -> None:
        """Open the next pane."""
        self.board.step(by)
        self._opened()

    def set_focus(
        self,
        widget: Widget | None,
        scroll_visible: bool = True,
        from_app_focus: bool = False,
    ) -> None:
        """Move the focus; the pane that a click gives it to is opened: keys are for the
        pane whose cursor is lit.
        """
        super().set_focus(widget, scroll_visible, from_app_focus)
        if self.board.open_focused(widget):
            self.stop_seeking()
            self.console.request_refresh()

    def _opened(self) -> None:
        self.board.view_of(self.board.open_pane).came()
        self.stop_seeking()
        self.console.request_refresh()

    def action_turn(self, by: int) -> None:
        """Go to another page."""
        if self.board.turn(by):
            self.console.request_refresh()
        else:
            self.console.notify_operator("no page there")

    def action_mark_all(self) -> None:
        """Mark all jobs that match the filter, on all pages. Until they are known, no
        key acts on other jobs instead, and a key that changes a mark cancels this.
        """
        jobs = self.board.list
        if jobs is None:
            self.console.notify_operator("only lists of jobs are marked")
            return
        marking = jobs.marking = object()
        request = self.board.state[jobs.pane].paging.request(WINDOW, None)
        self._mark_all(jobs, request, marking)

    @work
    async def _mark_all(
        self, jobs: JobList, request: ListRequest, marking: object
    ) -> None:
        try:
            found = await self.console.lane.run(lambda store: read_all(store, request))
        except StoreError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        finally:
            is_wanted = jobs.marking is marking
            if is_wanted:
                jobs.marking = None
        if not is_wanted:
            self.console.notify_operator(
                "not all marked: a mark was changed meanwhile", bad=True
            )
            return
        if found.is_all:
            self.board.state[jobs.pane].count(len(found.jobs))
        jobs.mark(found.jobs)
        number = plural(len(found.jobs), "job")
        rest = ""
        if not found.is_all:
            jobs.everything = request.wanted, frozenset(jobs.cursor.marked)
            rest = "; r, K, x and e act on all that match, counted first"
        self.console.notify_operator(f"{number} marked{rest}")

    @on(LogView.NoFailure)
    def _say_that_none_failed(self, event: LogView.NoFailure) -> None:
        self.console.notify_operator(f"no call that failed {event.side} the cursor")


def _read(
    store: Store,
    requests: Sequence[ListRequest],
    following: LogFollower,
    *,
    full: bool,
) -> tuple[Vitals | None, tuple[ListReading, ...], tuple[LogRow, ...]]:
    vitals = read_vitals(store) if full else None
    lists = tuple(read_list(store, request) for request in requests)
    return vitals, lists, following.poll(store)
