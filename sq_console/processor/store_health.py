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
        self._away: tuple[float, float | None] = 0.0, None
        """Seconds of the outages that are over, and since when it is away: one value,
        since other threads read it."""
        self._last_failure = float("-inf")
        self._last_answer = clock()
        self._backoff = database_backoff()
        self.trouble: str | None = None
        """The last error, while the database is away."""
        self.errors = 0
        """Errors since the start."""

    @property
    def secs_since_answer(self) -> float:
        """Seconds since the database last did what it was asked."""
        return self._clock() - self._last_answer

    @property
    def away_secs(self) -> float:
        """Seconds that the database was away since the start, in all."""
        before_secs, since = self._away
        return before_secs + (0.0 if since is None else self._clock() - since)

    @property
    def secs_since_failure(self) -> float:
        """Seconds since the last error."""
        return self._clock() - self._last_failure

    def succeeded(self) -> None:
        """The database answered: an outage is over."""
        self._last_answer = self._clock()
        before_secs, since = self._away
        if since is not None:
            away_secs = self._last_answer - since
            self._away = before_secs + away_secs, None
            self._emit(StoreRegained(away_secs))
        self.trouble = None
        self._backoff.reset()

    async def failed(self, error: Exception) -> None:
        """Report an outage once, and wait before the caller's next try."""
        now = self._clock()
        self.errors += 1
        before_secs, since = self._away
        if since is None:
            self._away = before_secs, now
            self._emit(StoreLost(str(error)))
        self._last_failure, self.trouble = now, str(error)
        await asyncio.sleep(self._backoff.next_secs())
