"""Screens that a key opens from everywhere: each is open once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sq_console.ui.screens.beside.activity_screen import ActivityScreen
from sq_console.ui.screens.beside.bulk_screen import BulkScreen
from sq_console.ui.screens.beside.hosts_screen import HostsScreen
from sq_console.ui.screens.beside.processors_screen import ProcessorsScreen
from sq_console.ui.screens.jobs_screen import JobsScreen
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.terminal_app import TerminalApp

if TYPE_CHECKING:
    from sq_console.ui.state.clock import Clock
    from sq_console.ui.state.panes import Pane

_VISITED: dict[str, Callable[[Clock], LiveScreen]] = {
    "activity": ActivityScreen,
    "bulk": BulkScreen,
    "hosts": HostsScreen,
    "processors": ProcessorsScreen,
}


class VisitingApp(TerminalApp):
    """An app with these screens."""

    def action_visit(self, name: str) -> None:
        """Open the screen *name*; one that is open already is returned to."""
        visited = _VISITED[name]
        if not isinstance(self.screen, LiveScreen):
            return
        kinds: list[object] = [type(screen) for screen in self.screen_stack]
        if visited in kinds:
            while type(self.screen) is not visited:
                self.pop_screen()
        else:
            self.open_screen(visited(self.clock))

    def action_show_pane(self, name: str) -> None:
        """Go to a pane of the lists."""
        self._uncover_lists().action_pane(name)

    def show_host(self, host: str, pane: Pane) -> None:
        """Go to the lists, and show only *host* there."""
        self._uncover_lists().show_host(host, pane)

    def _uncover_lists(self) -> JobsScreen:
        """Close all that is over the lists, painted once."""
        self.delay_update(UNCOVER_SECS)
        while not isinstance(self.screen, JobsScreen):
            self.pop_screen()
        return self.screen
