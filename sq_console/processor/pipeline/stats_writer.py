"""What the outcomes of one processor add up to, on its way into `queued_job_stats`.

It is written once a second, apart from the outcomes: they do not depend on it. What the
database refuses is dropped, said once, and tried again only after a while, so that a
table that is gone or locked costs the outcomes neither time nor words.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.errors import StoreError, StoreUnavailable
from sq_console.model import ResultCode, Sums
from sq_console.processor.events import Emit, StatsRefused
from sq_console.store.lane import StoreLane

EVERY_SECS = 1.0
AGAIN_SECS = 30.0
"""After a failure nothing is written for so long."""
_MOST_MS = 2**31 - 1


class StatsWriter:
    """Sums that are not written yet, and the loop that writes them."""

    def __init__(
        self,
        lane: StoreLane,
        emit: Emit,
        whose: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lane = lane
        self._emit = emit
        self._whose = whose
        self._clock = clock
        self._sums = Sums()
        self._not_before = 0.0
        self._told = False

    def add(self, result: ResultCode, duration_ms: int) -> None:
        """One more was recorded."""
        self._sums = self._sums.with_one(result, min(duration_ms, _MOST_MS))

    async def write_forever(self) -> None:
        """Write for ever."""
        while True:
            await asyncio.sleep(EVERY_SECS)
            if self._clock() >= self._not_before:
                await self.write()

    async def write(self) -> None:
        """Write what there is; what cannot be written is no reason to stop."""
        sums, self._sums = self._sums, Sums()
        if sums == Sums():
            return
        processor_id = self._whose()
        try:
            await self._lane.run(lambda store: store.stats.add(processor_id, sums))
        except StoreUnavailable:  # the others tell
            self._not_before = self._clock() + AGAIN_SECS
        except StoreError as error:
            self._not_before = self._clock() + AGAIN_SECS
            if not self._told:
                self._told = True
                self._emit(StatsRefused(str(error)))
        else:
            self._told = False
