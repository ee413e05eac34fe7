"""What the screens ask of the console they are in. They stand below the app and do not
know it; this is all they need of it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from sq_console.store.lane import StoreLane
from sq_console.ui.embedded import Embedded
from sq_console.ui.format import Clock
from sq_console.ui.mouse import Mouse
from sq_console.ui.refreshing import Refreshing
from sq_console.ui.screens.dialog import Question


@runtime_checkable
class Console(Protocol):
    """See `app.ConsoleApp`."""

    actor: str
    """user@host, for the audit trail."""
    clock: Clock
    embedded: Embedded
    lane: StoreLane
    mouse: Mouse
    refreshing: Refreshing

    def tell(self, words: str, *, bad: bool = False) -> None:
        """A toast about what the operator just did."""

    async def ask(self, question: Question) -> str | None:
        """The key of the answer, None for none. To be awaited in a worker."""

    def may_change(self) -> bool:
        """Can anything be changed now? If not, it has been told why."""

    def look_soon(self) -> None:
        """Something was done, or is to be seen: read, and tell."""

    def copy(self, text: str, what: str) -> None:
        """To the terminal's clipboard, if it listens."""

    def leave(self) -> None:
        """Quit; once more while draining, stop."""

    def interrupt(self) -> None:
        """As leave; twice in a row, drain and quit without asking."""
