"""The one loop that reads the database for the screen on top.

The loop refreshes at most twice a second by itself, sooner when a key asks, and less
often when a refresh takes long: the console may keep a third of one connection busy, no
more. While the database is away the loop retries with backoff, and says when next.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol

from sq_console.errors import StoreError
from sq_console.rules.backoff import Backoff
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import Outage
from sq_console.ui.state.screen_data import Vitals

TICK_SECS = 0.5
SOON_SECS = 0.1
"""Keys pressed in a row are answered by one refresh."""
PACES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between full refreshes to choose from."""
FIRST_WAIT_SECS = 1.0
LONGEST_WAIT_SECS = 15.0
"""To the next try while the database is away. Without jitter, and longer than those of
a processor: the screen shows when the next try is, and a key tries at once.
"""


class Reloadable(Protocol):
    """A screen that reads what it shows."""

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read and show. Raises StoreError."""


class RefreshLoop:
    """When to refresh, and whether the last refresh succeeded."""

    def __init__(
        self,
        screen: Callable[[], Reloadable | None],
        is_covered: Callable[[], bool],
        clock: Clock,
        steady: Callable[[], float] = monotonic,
        also: Callable[[Vitals], Awaitable[None]] | None = None,
        show: Callable[[], None] | None = None,
    ) -> None:
        self.vitals: Vitals | None = None
        self.read_at: datetime | None = None
        """When the last full look succeeded."""
        self._frozen: tuple[Reloadable, datetime] | None = None
        """The screen that the operator holds still, and since when."""
        self._read_once = False
        self.lost: Outage | None = None
        self.pace_secs = 1.0
        self._screen = screen
        self._is_covered = is_covered
        self._clock = clock
        self._steady = steady
        self._also = also
        """Read after each full look, whichever screen is visible."""
        self._show = show
        """Shows what was read beside the rows, at once: both are of one moment."""
        self._asked = asyncio.Event()
        self._full_at = self._try_at = -PACES[-1]
        self._backoff = Backoff(FIRST_WAIT_SECS, LONGEST_WAIT_SECS)

    def request_refresh(self) -> None:
        """Look as soon as may be, database away or not."""
        self._asked.set()

    def read_once(self) -> None:
        """Look as soon as may be, also at a frozen screen."""
        self._read_once = True
        self._asked.set()

    @property
    def frozen_since(self) -> datetime | None:
        """Since when the screen on top is frozen; None while it is refreshed. Screens
        opened over a frozen one are not.
        """
        if self._frozen is None or self._frozen[0] is not self._screen():
            return None
        return self._frozen[1]

    def freeze(self) -> None:
        """Freeze the screen on top, or refresh it again."""
        screen = self._screen()
        if screen is None or self.frozen_since is not None:
            self._frozen = None
        else:
            self._frozen = screen, self._clock.now()

    async def refresh_forever(self) -> None:
        """Look for ever."""
        while True:
            rest_secs = await self._step()
            await asyncio.sleep(SOON_SECS)
            try:
                await asyncio.wait_for(self._asked.wait(), rest_secs - SOON_SECS)
            except TimeoutError:
                continue

    async def _step(self) -> float:
        """One look, if it is time; how long to rest after it."""
        asked, started = self._asked.is_set(), self._steady()
        self._asked.clear()
        read_once, self._read_once = self._read_once, False
        screen = self._screen()
        if screen is None or (self.frozen_since is not None and not read_once):
            return TICK_SECS
        if self._is_covered() and not asked:
            return TICK_SECS  # what is not seen is not read
        if self.lost is not None and started < self._try_at and not asked:
            return TICK_SECS
        full = asked or started - self._full_at >= self.pace_secs - 0.05
        try:
            vitals = await screen.reload(full=full or self.lost is not None)
            if vitals is not None and self._also is not None:
                await self._also(vitals)
        except StoreError as error:
            self._failed(str(error))
            return TICK_SECS
        self._succeeded(vitals)
        took_secs = self._steady() - started
        return max(TICK_SECS, 2 * took_secs)

    def _succeeded(self, vitals: Vitals | None) -> None:
        self.lost = None
        self._backoff.reset()
        if vitals is not None:
            self.vitals, self.read_at = vitals, self._clock.now()
            self._full_at = self._steady()
            if self._show is not None:
                self._show()

    def _failed(self, why: str) -> None:
        wait_secs = self._backoff.next_secs()
        self._try_at = self._steady() + wait_secs
        now = self._clock.now()
        since = self.lost.since if self.lost else self.read_at or now
        self.lost = Outage(since, why, now + timedelta(seconds=wait_secs))

    def pace(self, by: int) -> float:
        """Look less (1) or more (-1) often; seconds between full looks now."""
        index = PACES.index(self.pace_secs) + by
        self.pace_secs = PACES[max(0, min(index, len(PACES) - 1))]
        return self.pace_secs

    @property
    def stale_secs(self) -> float:
        """What was read longer ago is old."""
        return max(3.0, 3 * self.pace_secs)
