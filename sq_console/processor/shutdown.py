"""How a processor ends: calls finish or are aborted, outcomes are written, the rest is
released. No claim is left behind while the database can be reached, and every wait
has an end: for a handler as for a database that hangs.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from sq_console.errors import StoreError
from sq_console.processor.pipeline.pipeline import Pipeline

RELEASE_TIMEOUT_SECS = 2.0
"""For a claim under way to end, and for jobs to be released before calls end."""
FORCED_TIMEOUT_SECS = 1.0
"""For everything that is left to do, once the shutdown is forced."""


class Shutdown:
    """The last part of a processor's life; `force` cuts it short."""

    def __init__(
        self, pipeline: Pipeline, drain_secs: float, flush_secs: float
    ) -> None:
        self._pipeline = pipeline
        self._drain_secs = drain_secs
        self._flush_secs = flush_secs
        self._forced = asyncio.Event()

    def force(self) -> None:
        """Wait for no call any more, and for the database not for long."""
        self._forced.set()

    async def drain_and_release(self, serving: asyncio.Task[None]) -> None:
        """Let *serving* and the calls end, abort the rest, write and release all."""
        ends_at = time.monotonic() + self._drain_secs
        if not await self._within(RELEASE_TIMEOUT_SECS, asyncio.wait({serving})):
            serving.cancel()
            self._pipeline.releaser.reconcile_soon()
        await self._within(RELEASE_TIMEOUT_SECS, self._release_waiting())
        await self._finish_calls(ends_at)
        await self._within(self._flush_secs, self._flush_and_release())

    async def _finish_calls(self, ends_at: float) -> None:
        calls = self._pipeline.slots.calls()
        if calls:
            left_secs = ends_at - time.monotonic()
            await self._within(left_secs, asyncio.wait(calls), forced_secs=0)
        self._pipeline.dispatcher.abort()
        await asyncio.gather(*self._pipeline.slots.calls(), return_exceptions=True)

    async def _release_waiting(self) -> None:
        """Release what was not called; if that fails, it is reconciled at the end."""
        try:
            await self._pipeline.releaser.release_waiting()
        except StoreError:
            self._pipeline.releaser.reconcile_soon()

    async def _flush_and_release(self) -> None:
        """Wait until everything is written, and nothing is claimed any more."""
        await asyncio.gather(
            self._pipeline.outbox.drained(), self._pipeline.releaser.release_all()
        )
        await self._pipeline.stats.write()

    async def _within(
        self,
        secs: float,
        work: Coroutine[Any, Any, Any],
        forced_secs: float = FORCED_TIMEOUT_SECS,
    ) -> bool:
        """Do *work* for *secs* at most, and for *forced_secs* once the shutdown is
        forced; return whether it is done. What is not done is cancelled.
        """
        doing = asyncio.create_task(work)
        forced = asyncio.create_task(self._forced_for(forced_secs))
        either: set[asyncio.Task[Any]] = {doing, forced}
        await asyncio.wait(
            either, timeout=max(0.0, secs), return_when="FIRST_COMPLETED"
        )
        done = doing.done()
        for each in either:
            each.cancel()
        await asyncio.gather(*either, return_exceptions=True)
        return done

    async def _forced_for(self, secs: float) -> None:
        await self._forced.wait()
        await asyncio.sleep(secs)
