"""The console as its screens see it: the app imports them, so they cannot import it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, TypeVar, runtime_checkable

from textual.screen import Screen

from sq_console.config import Settings
from sq_console.ui.content.question import Question
from sq_console.ui.state.bulk_actions import BulkProgress
from sq_console.ui.state.bulk_watch import BulkWatch
from sq_console.ui.state.causes_watch import CausesWatch
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.local_processor import LocalProcessor
from sq_console.ui.state.panes import Pane
from sq_console.ui.state.refresh_loop import RefreshLoop
from sq_console.ui.state.toasts import Toasts
from sq_console.ui.terminal.mouse import Mouse

T = TypeVar("T")


@runtime_checkable
class ScreenHost(Protocol):
    """All that a screen needs of `app.ConsoleApp`."""

    actor: str
    """user@host, for the audit trail."""
    guard_secs: float
    """Keys pressed this soon after a dialog appears are not for it."""
    bulk: BulkWatch
    causes: CausesWatch
    clock: Clock
    local_processor: LocalProcessor
    lane: ConsoleLane
    mouse: Mouse
    refresh_loop: RefreshLoop
    settings: Settings
    toasts: Toasts
    bulk_progress: BulkProgress | None
    """The bulk action under way in this console; esc stops it."""

    def notify_operator(self, words: str, *, bad: bool = False) -> None:
        """Show a toast about what the operator just did."""

    def open_screen(self, screen: Screen[None]) -> None:
        """Show *screen*, painted once."""

    def result_of(self, screen: Screen[T]) -> Awaitable[T | None]:
        """Show *screen* at once; its result is awaited in a worker."""

    def ask(self, question: Question) -> Awaitable[str | None]:
        """Show *question* at once; the key of the answer, None for cancelled, is
        awaited in a worker.
        """

    def show_host(self, host: str, pane: Pane) -> None:
        """Go to the lists, and show only *host* there."""

    def may_change(self) -> bool:
        """Can jobs be changed now? If not, the operator is notified of the reason."""

    def request_refresh(self) -> None:
        """Read again soon: something was done, or another part is visible."""

    def forget_cells(self) -> None:
        """Have the next paint sent whole: something else may have written there."""

    def copy(self, text: str, what: str) -> None:
        """Send *text* to the terminal's clipboard, if that is supported."""

    def leave(self) -> None:
        """Quit; while draining, stop."""

    def interrupt(self) -> None:
        """Leave; twice in a row, drain and quit without asking."""
