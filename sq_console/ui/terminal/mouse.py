"""Whose the mouse is: ours, to click and scroll, or the terminal's, to select text."""

from collections.abc import Callable


class Mouse:
    """Switches the terminal's mouse reports."""

    def __init__(self, switch: Callable[[bool], None], *, ours: bool) -> None:
        self._switch = switch
        self._ours = ours

    def toggle(self) -> str:
        """Give it to the other; what to tell the operator."""
        self._ours = not self._ours
        self._switch(self._ours)
        return "mouse on" if self._ours else "mouse off: select text as usual"
