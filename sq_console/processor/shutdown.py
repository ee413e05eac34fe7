"""How a processor ends: calls finish or are aborted, outcomes are written, the rest is
given back. Nothing is left claimed that the database can be told about, and nothing is
waited for without end: neither a handler nor a database that hangs.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from sq_console.errors import StoreError
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.pipeline.dispatcher import Dispatcher
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.pipeline.releaser import Releaser
from sq_console.processor.pipeline.stats_writer import StatsWriter

RELEASE_TIMEOUT_SECS = 2.0
"""For a claim under way to end, and for jobs to be given back before calls end."""
FORCED_TIMEOUT_SECS = 1.0
"""For all that is left to do, when somebody hurries."""


class Shutdown:
    """The last part of a processor's life; `hurry` cuts it short."""

    def __init__(
        self,
        slots: Slots,
        calls: Dispatcher,
        outbox: Outbox,
        counting: StatsWriter,
        giving_back: Releaser,
        drain_secs: float,
        flush_secs: float,
    ) -> None:
        self._slots = slots
        self._dispatcher = calls
        self._outbox = outbox
        self._counting = counting
        self._releaser = giving_back
        self._drain_secs = drain_secs
        self._flush_secs = flush_secs
        self.force = asyncio.Event()

    async def drain_and_release(
        self, processor_id: int, serving: asyncio.Task[None]
    ) -> None:
        """Let *serving* and the calls end, abort the rest, write and give back all."""
        ends_at = time.monotonic() + self._drain_secs
        if not await self._within(RELEASE_TIMEOUT_SECS, asyncio.wait({serving})):
            serving.cancel()
            self._releaser.reconcile_needed = True
        await self._within(RELEASE_TIMEOUT_SECS, self._release_waiting(processor_id))
        calls = self._slots.calls()
        if calls:
            left_secs = ends_at - time.monotonic()
            await self._within(left_secs, asyncio.wait(calls), hurried_secs=0)
        self._dispatcher.abort()
        await asyncio.gather(*self._slots.calls(), return_exceptions=True)
        await self._within(self._flush_secs, self._flush_and_release(processor_id))

    async def _release_waiting(self, processor_id: int) -> None:
        """What was not called; if it cannot be now, it is settled at the end."""
        try:
            await self._releaser.release_waiting(processor_id)
        except StoreError:
            self._releaser.reconcile_needed = True

    async def _flush_and_release(self, processor_id: int) -> None:
        """Until everything is written, and nothing is claimed any more."""
        await asyncio.gather(
            self._outbox.drained(), self._releaser.release_all(processor_id)
        )
        await self._counting.write()

    async def _within(
        self,
        secs: float,
        work: Coroutine[Any, Any, Any],
        hurried_secs: float = FORCED_TIMEOUT_SECS,
    ) -> bool:
        """Do *work*, for *secs* at most, and not for long when somebody hurries; is it
        done? What is not is cancelled."""
        doing = asyncio.create_task(work)
        hurried = asyncio.create_task(self._forced(hurried_secs))
        either: set[asyncio.Task[Any]] = {doing, hurried}
        await asyncio.wait(
            either, timeout=max(0.0, secs), return_when="FIRST_COMPLETED"
        )
        done = doing.done()
        for each in either:
            each.cancel()
        await asyncio.gather(*either, return_exceptions=True)
        return done

    async def _forced(self, then_secs: float) -> None:
        await self.force.wait()
        await asyncio.sleep(then_secs)
