"""What the screens ask of the console they are in. They stand below the app and do not
know it; this is all they need of it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol, TypeVar, runtime_checkable

from textual.screen import Screen

from sq_console.config import Settings
from sq_console.ui.screens.dialog import Question
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.local_processor import LocalProcessor
from sq_console.ui.state.refresh_loop import RefreshLoop
from sq_console.ui.terminal.mouse import Mouse

T = TypeVar("T")


@runtime_checkable
class ScreenHost(Protocol):
    """See `app.ConsoleApp`."""

    actor: str
    """user@host, for the audit trail."""
    clock: Clock
    local_processor: LocalProcessor
    lane: ConsoleLane
    mouse: Mouse
    refresh_loop: RefreshLoop
    settings: Settings

    def notify_operator(self, words: str, *, bad: bool = False) -> None:
        """A toast about what the operator just did."""

    def open_screen(self, screen: Screen[None]) -> None:
        """Show *screen*, painted once."""

    def result_of(self, screen: Screen[T]) -> Awaitable[T | None]:
        """The same, at once; what it ends with is to be awaited in a worker."""

    def ask(self, question: Question) -> Awaitable[str | None]:
        """Ask at once; the key of the answer, None for none, is to be awaited in a
        worker.
        """

    def may_change(self) -> bool:
        """Can anything be changed now? If not, it has been told why."""

    def request_refresh(self) -> None:
        """Something was done, or is to be seen: read, and tell."""

    def copy(self, text: str, what: str) -> None:
        """To the terminal's clipboard, if it listens."""

    def leave(self) -> None:
        """Quit; once more while draining, stop."""

    def interrupt(self) -> None:
        """As leave; twice in a row, drain and quit without asking."""
