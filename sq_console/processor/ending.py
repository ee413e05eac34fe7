"""How a processor ends: calls finish or are aborted, outcomes are written, the rest is
given back. Nothing is left claimed that the database can be told about.
"""

import asyncio
from typing import Any

from sq_console.processor.calls import Calls
from sq_console.processor.giving_back import GivingBack
from sq_console.processor.outbox import Outbox
from sq_console.processor.slots import Slots


class Ending:
    """The last part of a processor's life; `hurry` cuts it short."""

    def __init__(
        self,
        slots: Slots,
        calls: Calls,
        outbox: Outbox,
        giving_back: GivingBack,
        drain_secs: float,
        flush_secs: float,
    ) -> None:
        self._slots = slots
        self._calls = calls
        self._outbox = outbox
        self._giving_back = giving_back
        self._drain_secs = drain_secs
        self._flush_secs = flush_secs
        self.hurry = asyncio.Event()

    async def run(self, processor_id: int) -> None:
        """Let calls end, abort the rest, write and give back everything."""
        await self._give_back(processor_id)
        await self._calls_end()
        self._calls.abort()
        await asyncio.gather(*self._slots.calls(), return_exceptions=True)
        await self._give_back(processor_id)
        try:
            async with asyncio.timeout(self._flush_secs):
                await self._outbox.drained()
        except TimeoutError:
            return

    async def _give_back(self, processor_id: int) -> None:
        jobs = [*self._slots.take_waiting(), *self._calls.take_aborted()]
        await self._giving_back.try_release(jobs, processor_id)

    async def _calls_end(self) -> None:
        """Until no call is in flight, drain_secs have passed, or somebody hurries."""
        calls = self._slots.calls()
        if not calls or self.hurry.is_set():
            return
        hurry = asyncio.create_task(self.hurry.wait())
        ended = asyncio.gather(*calls, return_exceptions=True)
        either: set[asyncio.Future[Any]] = {hurry, ended}
        await asyncio.wait(
            either, timeout=self._drain_secs, return_when="FIRST_COMPLETED"
        )
        hurry.cancel()
