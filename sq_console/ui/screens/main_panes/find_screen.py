"""Find: one filter for all panes of the main screen, and what of it each pane can do.

A filter narrows every list of jobs, and the log when the log can do all of its terms;
when it cannot, the log says that it shows all rows. Typed while the log is open, such a
filter is refused. If nothing fits in the open pane, that in which most does is opened.
"""

import re
from dataclasses import replace

from textual import on, work
from textual.widgets import Input

from sq_console.errors import StoreError
from sq_console.model import JobFilter
from sq_console.rules.log_filter import log_filter_of
from sq_console.text.filter_syntax import parse_filter
from sq_console.text.humanize import plural
from sq_console.ui.screens.causes_pane import CausesPaneScreen
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.lists.pane_terms import unknown_terms, why_refused
from sq_console.ui.state.log_follower import LogFollower, why_empty
from sq_console.ui.state.panes import Pane
from sq_console.ui.widgets.filter_bar import FilterBar


class FindScreen(CausesPaneScreen):
    """A screen with panes, and one line for a filter of them all."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.following = LogFollower()
        """Another filter of the log gets another one."""
        self._filter_bar = FilterBar(id="filter")
        self._wanted: JobFilter | None = None
        self._logged_job: int | None = None
        """The only job in the log, whatever the filter is."""
        self._seeks_hits = False
        """A filter is new: the pane in which something fits is to be opened."""

    def action_filter(self) -> None:
        """Open the field for a filter."""
        self.stop_seeking()  # another pane would take the focus, and the keys typed
        self._filter_bar.open_input(self.board.filter_text, self.board.open_pane)

    @on(FilterBar.Submitted)
    def _filter(self, event: FilterBar.Submitted) -> None:
        try:
            wanted = self._parsed(event.text)
        except ValueError as error:
            self._filter_bar.show_refusal(str(error))
            return
        if self.board.open_pane is Pane.LOG:
            refusal = why_refused(Pane.LOG, wanted)
            if refusal:
                self._filter_bar.show_refusal(refusal)
                return
            self._logged_job = None
        self._narrow(wanted, event.text)

    def _parsed(self, text: str) -> JobFilter | None:
        """Return the filter; a time of day is by the database's clock, in the zone of
        this screen. Raises ValueError for an invalid filter.
        """
        vitals, clock = self.console.refresh_loop.vitals, self.console.clock
        now = clock.now() if vitals is None else vitals.now
        return parse_filter(text, clock.local(now))

    def _narrow(self, wanted: JobFilter | None, text: str) -> None:
        """Filter all panes."""
        self._wanted = wanted
        marks = self.board.narrow(wanted, text)
        if marks:
            self.console.notify_operator(
                f"{plural(marks, 'mark')} taken off: the filter is another"
            )
        self._seeks_hits = wanted is not None
        self._narrow_log()

    def _narrow_log(self) -> None:
        """Show in the log what the filter asks for, or only one job."""
        wanted, text, board = self._wanted, self.board.filter_text, self.board
        board.log_refusal = unknown_terms(Pane.LOG, wanted)
        if board.log_refusal:
            wanted, text = None, ""
        if self._logged_job is not None:
            wanted, text = JobFilter(job_id=self._logged_job), f"#{self._logged_job}"
            board.log_refusal = ""
        if text != board.log_filter_text:
            self.following = LogFollower(log_filter_of(wanted))
            board.log_filter_text = text
            board.log_view.restart(why_empty(self.following.wanted))
        self._after_filter()

    @on(FilterBar.Closed)
    def _after_filter(self) -> None:
        only = f"#{self._logged_job}" if self._logged_job is not None else ""
        filters = [("filter", self.board.filter_text), ("log only", only)]
        self._filter_bar.show_filters([(what, text) for what, text in filters if text])
        self.board.open(self.board.open_pane)
        self.console.request_refresh()

    def show_host(self, host: str, pane: Pane) -> None:
        """Show only this host, in *pane*, which is opened."""
        wanted = JobFilter(host=host)
        refusal = why_refused(pane, wanted)
        if refusal:
            self.console.notify_operator(refusal, bad=True)
            return
        self._logged_job = None
        self._narrow(wanted, f'host:"{host}"' if " " in host else f"host:{host}")
        self.stop_seeking()
        self.board.open(pane)

    def open_hits(self) -> None:
        """Open the pane in which something fits, once that is known."""
        if not self._seeks_hits:
            return
        opened = self.board.open_pane
        pane = opened if opened is Pane.LOG else self.board.pane_to_open()
        if pane is None:
            return
        self._seeks_hits = False
        if not self.board.has_hits and self._may_complete_host:
            self._complete_host()
        elif pane is not opened:
            self.board.open(pane)
            words = f"none in {opened.heading}: this is {pane.heading}"
            listed = self.board.state.get(opened)
            where = listed.where_else() if listed else ""
            self.console.notify_operator(where or words)
            self.console.request_refresh()

    @property
    def _may_complete_host(self) -> bool:
        wanted = self._wanted
        return wanted is not None and bool(wanted.host)

    @work(exclusive=True, group="completing")
    async def _complete_host(self) -> None:
        """Take the one host whose name begins as typed: lists leave its port out."""
        wanted, text = self._wanted, self.board.filter_text
        assert wanted is not None
        typed = wanted.host or ""
        try:
            hosts = await self.console.lane.run(
                lambda store: store.reads.hosts_beginning(typed)
            )
        except StoreError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        is_typing = isinstance(self.focused, Input)  # the keys are for that filter
        if wanted is not self._wanted or not hosts or is_typing:
            return
        if len(hosts) > 1:
            known = ", ".join(hosts)
            self.console.notify_operator(f"no host {typed}; which of {known}?")
            return
        self._narrow(replace(wanted, host=hosts[0]), _with_host(text, hosts[0]))

    def stop_seeking(self) -> None:
        """Open no pane by itself: the operator chose one."""
        self._seeks_hits = False

    def action_log_of_job(self) -> None:
        """Show only the cursor's job in the log; once more, all that fit."""
        if self.is_in_causes:
            self.open_current_cause("log_of_host")
            return
        job_id = self.known_id()
        if job_id is None:
            return
        self._logged_job = None if self._logged_job == job_id else job_id
        self._narrow_log()
        if self.board.folds:
            self.board.open(Pane.LOG)

    def action_sort(self) -> None:
        """Put the open list into its next order."""
        self.stop_seeking()
        self.console.notify_operator(self.board.sort())

    def action_zoom(self) -> None:
        """Show the open pane alone, or all."""
        self.board.zoom()
        self.console.request_refresh()

    def action_escape(self) -> None:
        """Show all jobs in the open log; else clear the filter; else the marks; else
        the zoom; else show all jobs in the log.
        """
        board, jobs = self.board, self.board.list
        has_logged_job = self._logged_job is not None
        if has_logged_job and jobs is None:
            self._show_all_in_log()
        elif board.filter_text:
            self._narrow(None, "")
        elif jobs is not None and (jobs.cursor.marked or jobs.marking):
            jobs.action_unmark_all()
        elif board.zoomed:
            self.action_zoom()
        elif has_logged_job:
            self._show_all_in_log()

    def _show_all_in_log(self) -> None:
        self._logged_job = None
        self._narrow_log()


def _with_host(text: str, host: str) -> str:
    """Return the filter's text with *host* in place of the one that was typed."""
    return re.sub(r'(?i)(?<!\S)host:("[^"]*"|\S+)', lambda _: f"host:{host}", text)
