"""The sums of one processor's outcomes, on their way into `queued_job_stats`.

They are written once a second, apart from the outcomes, which do not depend on them.
Sums that the database refuses are dropped, reported once, and tried again only after a
while, so that a table that is gone or locked costs the outcomes neither time nor words.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.errors import StoreError, StoreUnavailable
from sq_console.model import ResultCode, Sums
from sq_console.processor.events import Emit, StatsRefused
from sq_console.processor.registration import Registration
from sq_console.store.lane import StoreLane

INTERVAL_SECS = 1.0
RETRY_SECS = 30.0
"""After a failure nothing is written for so long."""
_MAX_MS = 2**31 - 1


class StatsWriter:
    """Sums that are not written yet, and the loop that writes them."""

    def __init__(
        self,
        registration: Registration,
        lane: StoreLane,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registration = registration
        self._lane = lane
        self._emit = emit
        self._clock = clock
        self._sums = Sums()
        self._not_before = 0.0
        self._reported = False

    def add(self, result: ResultCode, duration_ms: int) -> None:
        """Count an outcome that was recorded."""
        self._sums = self._sums.with_one(result, min(duration_ms, _MAX_MS))

    async def write_forever(self) -> None:
        """Write once a second, for ever."""
        while True:
            await asyncio.sleep(INTERVAL_SECS)
            if self._clock() >= self._not_before:
                await self.write()

    async def write(self) -> None:
        """Write the sums there are; an error is no reason to stop."""
        sums, self._sums = self._sums, Sums()
        if sums == Sums():
            return
        processor_id = self._registration.processor_id
        try:
            await self._lane.run(lambda store: store.stats.add(processor_id, sums))
        except StoreUnavailable:  # the other loops report it
            self._not_before = self._clock() + RETRY_SECS
        except StoreError as error:
            self._not_before = self._clock() + RETRY_SECS
            if not self._reported:
                self._reported = True
                self._emit(StatsRefused(str(error)))
        else:
            self._reported = False
