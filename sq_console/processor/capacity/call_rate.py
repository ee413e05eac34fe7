"""How fast calls end, and how many jobs may be claimed ahead at that rate."""

from collections.abc import Callable

AHEAD_SECS = 0.1
"""Jobs whose calls end within this, at the present rate, are claimed ahead."""
MAX_AHEAD = 200
_WINDOW_SECS = 1.0


class CallRate:
    """Calls ended per second, over the last second or so."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._window_began = clock()
        self._count = 0
        self._last_rate = 0.0

    def count(self) -> None:
        """Count one call more."""
        self._begin_window()
        self._count += 1

    @property
    def per_sec(self) -> float:
        """The present rate. The window under way counts for as much as of it has
        passed, the window before it for the rest.
        """
        self._begin_window()
        share = (self._clock() - self._window_began) / _WINDOW_SECS
        return self._last_rate * (1 - share) + self._count / _WINDOW_SECS

    @property
    def ahead(self) -> int:
        """How many jobs to claim ahead at the present rate."""
        return min(MAX_AHEAD, int(self.per_sec * AHEAD_SECS))

    def _begin_window(self) -> None:
        """Begin another window when the present one is over."""
        now = self._clock()
        passed_secs = now - self._window_began
        if passed_secs >= _WINDOW_SECS:
            idle = passed_secs >= 2 * _WINDOW_SECS
            self._last_rate = 0.0 if idle else self._count / _WINDOW_SECS
            self._count, self._window_began = 0, now
