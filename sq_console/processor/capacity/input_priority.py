"""Making way for a person at the keyboard.

The console and its processor share one interpreter. After a key no new call is started
for a tenth of a second, so that the answer to the key is painted first; but never for
more than half of any half second, or a held key would stop the queue.
"""

import time
from collections.abc import Callable

QUIET_SECS = 0.1
WINDOW_SECS = 0.5
MOST_QUIET_SECS = WINDOW_SECS / 2


class InputPriority:
    """Until when no new call is started. Written by one thread, read by another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._window_ends = 0.0
        self._granted = 0.0
        self._until = 0.0

    def key_pressed(self) -> None:
        """Ask for quiet."""
        now = self._clock()
        if now >= self._window_ends:
            self._window_ends, self._granted = now + WINDOW_SECS, 0.0
        left = max(0.0, self._until - now)
        extra = min(QUIET_SECS - left, MOST_QUIET_SECS - self._granted)
        if extra > 0:
            self._granted += extra
            self._until = now + left + extra

    def left_secs(self) -> float:
        """How much longer to wait before a new call."""
        return max(0.0, self._until - self._clock())
