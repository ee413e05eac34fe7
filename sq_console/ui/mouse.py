"""Whose the mouse is: ours, to click and scroll, or the terminal's, to select text."""

from collections.abc import Callable

_MODES = (1000, 1003, 1006)
"""Clicks, movements, and coordinates as decimal numbers."""


class Mouse:
    """Switches the terminal's mouse reports."""

    def __init__(self, write: Callable[[str], None], *, ours: bool) -> None:
        self._write = write
        self._ours = ours

    def toggle(self) -> str:
        """Give it to the other; what to tell the operator."""
        self._ours = not self._ours
        self._write(
            "".join(f"\x1b[?{mode}{'h' if self._ours else 'l'}" for mode in _MODES)
        )
        return "mouse on" if self._ours else "mouse off: select text as usual"
