"""The operator's input goes before new calls.

The console and its processor share one interpreter. After a key press no new call is
started for a tenth of a second, so that the answer to the key is painted first. New
calls are delayed for no more than half of any half second, or a held key would stop the
queue.
"""

import time
from collections.abc import Callable

DELAY_SECS = 0.1
WINDOW_SECS = 0.5
MAX_DELAY_SECS = WINDOW_SECS / 2


class InputPriority:
    """Until when new calls are delayed. Written by one thread, read by another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window_ends = 0.0
        self._delayed_secs = 0.0
        self._until = 0.0

    def key_pressed(self) -> None:
        """Delay new calls."""
        now = self._clock()
        if now >= self._window_ends:
            self._window_ends, self._delayed_secs = now + WINDOW_SECS, 0.0
        left = max(0.0, self._until - now)
        extra = min(DELAY_SECS - left, MAX_DELAY_SECS - self._delayed_secs)
        if extra > 0:
            self._delayed_secs += extra
            self._until = now + left + extra

    def left_secs(self) -> float:
        """Return how much longer to wait before a new call."""
        return max(0.0, self._until - self._clock())
