"""What the console tells its operator: each toast is shown for some seconds and goes by
itself, and all can be read again.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

_SECS, _BAD_SECS = 5.0, 8.0
"""How long one is shown, and one that refuses something."""
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Toast:
    """A clause or two, harmless already."""

    at: str
    """The time of day."""
    text: str
    bad: bool = False
    """Something was refused, or failed."""


class Toasts:
    """The toasts of a console, oldest first."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.kept: deque[Toast] = deque(maxlen=_KEPT)
        self._clock = clock
        self._shown: list[tuple[float, Toast]] = []

    def note(self, toast: Toast) -> None:
        """Show *toast*; one that says the same already is not shown twice."""
        self.kept.append(toast)
        others = [it for it in self._shown if it[1].text != toast.text]
        secs = _BAD_SECS if toast.bad else _SECS
        self._shown = [*others, (self._clock() + secs, toast)]

    def shown(self) -> tuple[Toast, ...]:
        """Return those whose time is not over."""
        now = self._clock()
        self._shown = [it for it in self._shown if it[0] > now]
        return tuple(toast for _, toast in self._shown)

    def hide(self) -> None:
        """Show none of them any longer."""
        self._shown.clear()
