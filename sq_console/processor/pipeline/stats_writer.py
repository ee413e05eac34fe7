"""The sums of one processor's outcomes, on their way into `queued_job_stats` and
`queued_job_host_stats`.

They are written once a second, apart from the outcomes, which do not depend on them.
Sums that the database refuses are dropped, reported once, and tried again only after a
while, so that a table that is gone or locked costs the outcomes neither time nor words.
Neither table's refusal keeps the other from being written.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.errors import StoreError, StoreUnavailable
from sq_console.model import ResultCode, Sums
from sq_console.processor.events import Emit, StatsRefused
from sq_console.processor.pipeline.host_counter import HostCounter
from sq_console.processor.registration import Registration
from sq_console.store import Store
from sq_console.store.lane import StoreLane

INTERVAL_SECS = 1.0
RETRY_SECS = 30.0
"""After a failure nothing is written for so long."""
HOSTS_AT_ONCE = 100
"""The sums of so many hosts are written at once, those of others a second later."""
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
        self._sums = Sums()
        self._hosts = HostCounter()
        self._totals_table = _Table(lane, emit, clock)
        self._hosts_table = _Table(lane, emit, clock)

    def add(self, result: ResultCode, duration_ms: int, host: str = "") -> None:
        """Count an outcome that was recorded."""
        duration_ms = max(0, min(duration_ms, _MAX_MS))
        self._sums = self._sums.with_one(result, duration_ms)
        self._hosts.count(host, result, duration_ms)

    async def write_forever(self) -> None:
        """Write once a second, for ever."""
        while True:
            await asyncio.sleep(INTERVAL_SECS)
            if self._totals_table.is_due:
                await self._write_totals()
            if self._hosts_table.is_due:
                await self._write_hosts()

    async def write(self) -> None:
        """Write all the sums there are, as the processor ends; an error is no reason to
        stop, but what is left is not tried.
        """
        await self._write_totals()
        while await self._write_hosts():
            pass

    async def _write_totals(self) -> None:
        sums, self._sums = self._sums, Sums()
        if sums != Sums():
            processor_id = self._registration.processor_id
            await self._totals_table.try_to_write(
                lambda store: store.stats.add(processor_id, sums)
            )

    async def _write_hosts(self) -> bool:
        """Write some of them; return whether others can be written at once."""
        hosts = self._hosts.take(HOSTS_AT_ONCE)
        if not hosts:
            return False
        processor_id = self._registration.processor_id
        await self._hosts_table.try_to_write(
            lambda store: store.host_stats.add_hosts(processor_id, hosts)
        )
        return self._hosts_table.is_due


class _Table:
    """One table of sums: when it may be written to, and whether its refusal was
    reported.
    """

    def __init__(self, lane: StoreLane, emit: Emit, clock: Callable[[], float]) -> None:
        self._lane = lane
        self._emit = emit
        self._clock = clock
        self._not_before = 0.0
        self._reported = False

    @property
    def is_due(self) -> bool:
        """May it be written to now?"""
        return self._clock() >= self._not_before

    async def try_to_write(self, add: Callable[[Store], None]) -> None:
        """Write; a refusal costs what was to be written, and some time until the next
        try.
        """
        try:
            await self._lane.run(add)
        except StoreUnavailable:  # the other loops report it
            self._not_before = self._clock() + RETRY_SECS
        except StoreError as error:
            self._not_before = self._clock() + RETRY_SECS
            if not self._reported:
                self._reported = True
                self._emit(StatsRefused(str(error)))
        else:
            self._reported = False
