"""The main screen: pending, running and failed jobs, and the log.

It reads what its panes need, and chooses the jobs a key acts on. From 100 columns on
all panes are visible; below, one is open and the others are folded to bars.
"""

from collections.abc import Collection, Sequence

from textual import on, work
from textual.app import ComposeResult

from sq_console.errors import StoreError
from sq_console.model import (
    Cause,
    JobFilter,
    JobState,
    JobSummary,
    LogEntry,
)
from sq_console.store import Store
from sq_console.text.filter_syntax import HELP, parse_filter
from sq_console.text.humanize import plural
from sq_console.ui.keys import ON_LIST, PAGING, PANES
from sq_console.ui.screens.causes_pane import CausesPaneScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.log_follower import LogFollower, LogRow
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.screen_data import (
    MARK_LIMIT,
    ListReading,
    ListRequest,
    Vitals,
    read_all,
    read_list,
    read_vitals,
)
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.filter_bar import FilterBar
from sq_console.ui.widgets.job_list import JobList


class JobsScreen(CausesPaneScreen):
    """The panes, and the line for filters."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]
    BINDINGS = [*ON_LIST, *PAGING, *PANES]

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._following = LogFollower()
        self._filters_log = False
        """The filter that is typed is for the log."""
        self._filter_bar = FilterBar(id="filter")

    def compose_middle(self) -> ComposeResult:
        """Show the panes and the line for filters."""
        yield self.board
        yield self._filter_bar

    # Reading

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read lists and counts when *full*, and the log always."""
        following, requests = self._following, self.board.requests() if full else ()
        vitals, readings, entries = await self.console.lane.run(
            lambda store: _read(store, requests, following, full=full)
        )
        if following is self._following:
            self.board.take_log(entries)
        if vitals is not None:
            self.board.take(vitals, readings)
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

    def chosen_id(self) -> int | None:
        """Return the job under the cursor, of a list or of the log."""
        jobs = self.board.list
        if self.is_in_causes:
            return None
        return self.board.log_view.cursor_job_id() if jobs is None else jobs.cursor.key

    def host_under_cursor(self) -> str | None:
        """Return the host of the cause, or of the job, under the cursor."""
        cause = self.board.cause_list.cursor.current if self.is_in_causes else None
        return cause.key.host if cause else super().host_under_cursor()

    def hinted_states(self) -> Collection[JobState]:
        """Return the states of the marked jobs, else of the one under the cursor."""
        jobs = self.board.list
        if jobs is None:
            return ()
        current = jobs.cursor.current
        chosen = jobs.cursor.marked.values() or ([current] if current else [])
        return {job.state for job in chosen}

    def choice(self) -> object:
        """Return the open pane, its cursor's job, and the marks."""
        jobs = self.board.list
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
        job_id, jobs = self.chosen_id(), self.board.list
        if job_id is None:
            return
        if jobs is not None:
            jobs.touch()
        seen = None if jobs is None else jobs.cursor.current
        self.console.open_screen(JobScreen(job_id, seen))

    @on(CursorList.RowOpened)
    def _open_row(self, event: CursorList.RowOpened) -> None:
        match event.row:
            case Cause() as cause:
                self.open_cause(cause)
            case JobSummary(id=job_id) | LogEntry(job_id=int(job_id)) if job_id:
                self.console.open_screen(JobScreen(job_id))

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

    def _opened(self) -> None:
        self.board.view_of(self.board.open_pane).touch()
        self.console.request_refresh()

    def action_zoom(self) -> None:
        """Show the open pane alone, or all."""
        self.board.zoom()
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
        if jobs is not None:
            marking = jobs.marking = object()
            request = self.board.paging[jobs.pane].request(1, None)
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
        jobs.mark(found)
        most = ", and there may be more" if len(found) >= MARK_LIMIT else ""
        self.console.notify_operator(f"{plural(len(found), 'job')} marked{most}")

    # Filters

    def action_filter(self) -> None:
        """Open the field for a filter of the lists, or of the log when it is open."""
        is_log = self._filters_log = self.board.open_pane is Pane.LOG
        text = self.board.log_filter_text if is_log else self.board.filter_text
        self._filter_bar.open_input(text, "words, or #7" if is_log else HELP)

    @on(FilterBar.Submitted)
    def _filter(self, event: FilterBar.Submitted) -> None:
        try:
            self._narrow(event.text, log=self._filters_log)
        except ValueError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        self._after_filter()

    def _narrow(self, text: str, *, log: bool) -> None:
        """Filter log or lists. Raises ValueError for an invalid filter."""
        if log:
            self._narrow_log(text)
        else:
            self.board.narrow(self._parsed(text), text)

    def _parsed(self, text: str) -> JobFilter | None:
        """Return the filter; a time of day is by the database's clock, in the zone of
        this screen. Raises ValueError for an invalid filter.
        """
        vitals, clock = self.console.refresh_loop.vitals, self.console.clock
        now = clock.now() if vitals is None else vitals.now
        return parse_filter(text, clock.local(now))

    def _narrow_log(self, text: str) -> None:
        """Filter the log. Raises ValueError for an invalid filter."""
        self._following = LogFollower(self._parsed(text))
        self.board.log_filter_text = text
        self.board.log_view.restart(self._following.text)

    @on(FilterBar.Closed)
    def _after_filter(self) -> None:
        filters = [
            ("list", self.board.filter_text),
            ("log", self.board.log_filter_text),
        ]
        self._filter_bar.show_filters([(what, text) for what, text in filters if text])
        self.board.open(self.board.open_pane)
        self.console.request_refresh()

    def show_host(self, host: str, pane: Pane) -> None:
        """Show only this host, in the lists or in the log, and open *pane*."""
        try:
            self._narrow(f'host:"{host}"', log=pane is Pane.LOG)
        except ValueError as error:
            self.console.notify_operator(str(error), bad=True)
        self.board.open(pane)
        self._after_filter()

    def action_log_of_job(self) -> None:
        """Show only the cursor's job in the log; once more, all jobs."""
        job_id = self.chosen_id()
        if job_id is None:
            return
        text = f"#{job_id}"
        self._narrow_log("" if self.board.log_filter_text == text else text)
        if self.board.folds:
            self.board.open(Pane.LOG)
        self._after_filter()

    def action_escape(self) -> None:
        """Clear the open pane's filter; else the marks; else the zoom; else the other
        filter: the screen says that esc clears it.
        """
        board, jobs = self.board, self.board.list
        is_log = board.open_pane is Pane.LOG
        if board.log_filter_text if is_log else board.filter_text:
            self._narrow("", log=is_log)
            self._after_filter()
        elif jobs is not None and (jobs.cursor.marked or jobs.marking):
            jobs.action_unmark_all()
        elif board.zoomed:
            self.action_zoom()
        elif board.filter_text:
            board.narrow(None, "")
            self._after_filter()
        elif board.log_filter_text:
            self._narrow_log("")
            self._after_filter()


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
