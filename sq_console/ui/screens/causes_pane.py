"""The pane of causes on the main screen: when it opens by itself, and what keys do in
it. A key that acts opens the page of the cause first: there the operator sees on what.
"""

from collections.abc import Collection

from textual import on, work
from textual.widgets import Input

from sq_console.errors import SQConsoleError
from sq_console.model import Cause, CausesReading, JobState
from sq_console.ui.acting_keys import ACTING
from sq_console.ui.content.handover_page import handover_lines
from sq_console.ui.content.lines import Line, Span
from sq_console.ui.keys import ON_CAUSE
from sq_console.ui.screens.cause_actions import job_states
from sq_console.ui.screens.cause_screen import CauseScreen, held_hosts
from sq_console.ui.screens.job_keys import JobKeysScreen
from sq_console.ui.screens.text_page import TextPage
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.readings.handover_reading import read_handover
from sq_console.ui.widgets.boxes.pane_board import PaneBoard
from sq_console.ui.widgets.cause_list import CauseFacts
from sq_console.ui.widgets.cursor_list import CursorList

HANDOVER_SECS = 7_200.0
"""A handover tells of so long; `stats --since` of any time."""

_IN_CAUSES = {
    **{binding.action: binding.tooltip for binding in ON_CAUSE},
    "screen.open": "The cause: what was before it, its jobs, their answers",
    "log_of_job": "The log of this host",
    "copy_curl": "A handover of the last 2 h, as text; and shows it",
}
"""What keys of jobs do in the pane of causes."""
_NOT_IN_CAUSES = ("copy_id", "show_curl", "mark_all", "sort", "turn(-1)", "turn(1)")


class CausesPaneScreen(JobKeysScreen):
    """A screen with panes, the causes among them."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.board = PaneBoard(clock)
        self._facts = CauseFacts(clock)
        self._failed_before: bool | None = None
        """A cause went on at the last look; None before the first one."""

    def show_causes(self, status: ConsoleStatus) -> None:
        """Show the causes as they were read last."""
        if status.causes is not None and status.frozen_since is None:
            self.board.take_causes(status.causes, held_hosts(status))
            self._open_causes(status.causes)
        self._show_facts()

    @on(CursorList.Changed)
    def _show_facts(self) -> None:
        """Show the cause under the cursor in the place of the running jobs, where the
        stylesheet has room for it.
        """
        reading, causes = self.console.causes.reading, self.board.cause_list
        is_wanted = self.is_in_causes and causes.cursor.current is not None
        self.set_class(is_wanted, "-beside")
        running = self.board.query("#running-pane")
        if is_wanted and running and not self._facts.is_attached:
            self.board.mount(self._facts, after=running.first())
        if is_wanted and reading is not None and self._facts.is_attached:
            self._facts.show_cause(causes, reading.now)

    def _open_causes(self, reading: CausesReading) -> None:
        """Open the causes when something begins to fail, unless the operator has been
        at work in a list: that place is theirs.
        """
        fails = reading.goes_on > 0
        is_typing = isinstance(self.focused, Input)
        is_at_work = self.board.is_touched or is_typing
        if fails and not self._failed_before and not is_at_work:
            self.board.open(Pane.CAUSES)
            if self._failed_before is not None:
                self.board.cause_list.came_by_itself()
        self._failed_before = fails

    @property
    def is_in_causes(self) -> bool:
        """Is the pane of causes open?"""
        return self.board.open_pane is Pane.CAUSES

    def open_cause(self, cause: Cause | None, then: str = "") -> None:
        """Open the page of *cause*, and do *then* there when it has been read."""
        self.board.cause_list.touch()
        if cause is None:
            self.console.notify_operator(self.board.cause_list.why_no_row(), bad=True)
        else:
            self.console.open_screen(CauseScreen(cause.key, self.console.clock, then))

    def open_current_cause(self, then: str = "") -> None:
        """Do the same with the cause under the cursor."""
        if then in ACTING and not self.console.may_change():
            return
        refusal = self.board.cause_list.why_not_here() if then else None
        if refusal:
            self.console.notify_operator(refusal, bad=True)
        else:
            self.open_cause(self.board.cause_list.cursor.current, then)

    def action_retry(self) -> None:
        """Retry jobs, or all of a cause."""
        if self.is_in_causes:
            self.open_current_cause("retry")
        else:
            super().action_retry()

    def action_kill(self) -> None:
        """Kill jobs, or what waits of a cause."""
        if self.is_in_causes:
            self.open_current_cause("kill")
        else:
            super().action_kill()

    def action_edit(self) -> None:
        """Edit a job, or the urls of all of a cause."""
        if self.is_in_causes:
            self.open_current_cause("edit")
        else:
            super().action_edit()

    def action_copy_curl(self) -> None:
        """Copy a job as curl; in the pane of causes, a handover."""
        if self.is_in_causes:
            self._copy_handover()
        else:
            super().action_copy_curl()

    def action_set_aside(self) -> None:
        """Set jobs aside, or all of a cause that failed."""
        if self.is_in_causes:
            self.open_current_cause("set_aside")
        else:
            super().action_set_aside()

    def action_try_one(self) -> None:
        """Call a job once, or the newest of a cause."""
        if self.is_in_causes:
            self.open_current_cause("try_one")
        else:
            super().action_try_one()

    def hinted_states(self) -> Collection[JobState] | None:
        """Return the states of the jobs of the cause, or of those chosen in a list."""
        if not self.is_in_causes:
            return super().hinted_states()
        cause = self.board.cause_list.cursor.current
        return () if cause is None else job_states(cause)

    def action_copy_id(self) -> None:
        """Copy the id of a job."""
        if self.is_in_causes:
            self._refuse_in_causes()
        else:
            super().action_copy_id()

    def action_show_curl(self) -> None:
        """Show a job as curl."""
        if self.is_in_causes:
            self._refuse_in_causes()
        else:
            super().action_show_curl()

    def _refuse_in_causes(self) -> None:
        self.console.notify_operator("open the cause first: enter", bad=True)

    def help_words(self, action: str) -> str | None:
        """Return what a key does to a cause, in their pane."""
        if not self.is_in_causes:
            return super().help_words(action)
        return None if action in _NOT_IN_CAUSES else _IN_CAUSES.get(action, "")

    @work
    async def _copy_handover(self) -> None:
        """Copy what the next one on duty must know, and show it as well: a terminal may
        refuse to take it.
        """
        console, label = self.console, self.console.settings.db.label
        try:
            given = await console.lane.run(
                lambda store: read_handover(store, label, HANDOVER_SECS)
            )
        except SQConsoleError as error:
            console.notify_operator(str(error), bad=True)
            return
        lines = handover_lines(given, console.clock.local)
        console.copy("\n".join(lines), "handover of the last 2 h")
        if self.is_active:
            shown: list[Line] = [(Span(line),) for line in lines]
            console.open_screen(TextPage("Handover", shown))
