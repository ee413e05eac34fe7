"""Outage detection and backoff, shared by the loops of one processor.

The first loop that fails reports the outage, the first that succeeds again reports its
end; in between each waits a little longer, with jitter, before its next try.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.processor.events import Emit, StoreLost, StoreRegained
from sq_console.rules.backoff import database_backoff


class StoreHealth:
    """Whether the database answers, since when it does not, and its last error."""

    def __init__(self, emit: Emit, clock: Callable[[], float] = time.monotonic) -> None:
        self._emit = emit
        self._clock = clock
        self._failing_since: float | None = None
        self._last_failure = float("-inf")
        self._backoff = database_backoff()
        self.trouble: str | None = None
        """The last error, while the database is away."""

    @property
    def secs_since_failure(self) -> float:
        """Seconds since the last error."""
        return self._clock() - self._last_failure

    def succeeded(self) -> None:
        """The database answered: an outage is over."""
        if self._failing_since is not None:
            self._emit(StoreRegained(self._clock() - self._failing_since))
        self._failing_since, self.trouble = None, None
        self._backoff.reset()

    async def failed(self, error: Exception) -> None:
        """Report an outage once, and wait before the caller's next try."""
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
            self._emit(StoreLost(str(error)))
        self._last_failure, self.trouble = now, str(error)
        await asyncio.sleep(self._backoff.next_secs())
