"""Giving jobs back: what was not called, and what is ours without our knowing.

A claim whose COMMIT got no answer may or may not have happened, and calls that were
aborted by the fence may still be claimed by us: both are settled by reading what the
database says is ours.
"""

from collections.abc import Sequence

from sq_console.errors import StoreError
from sq_console.model import ClaimedJob
from sq_console.processor.calls import Calls
from sq_console.processor.events import Emit, JobsReleased
from sq_console.processor.outbox import Outbox
from sq_console.processor.slots import Slots
from sq_console.processor.weather import Weather
from sq_console.store.lane import StoreLane

STALE_SECS = 2.0
"""A claimed job that waits longer for a slot is given back: others may have one."""
_STOPPING = "Job released: the processor is stopping"
_ABORTED = "Job released: its call was aborted"
_STALE = "Job released: it waited too long for a slot"
_UNCERTAIN = "Job released: its claim was left uncertain"


class GivingBack:
    """Releases over the claim lane, so that no claim of ours runs at the same time."""

    def __init__(
        self,
        lane: StoreLane,
        slots: Slots,
        calls: Calls,
        outbox: Outbox,
        weather: Weather,
        emit: Emit,
    ) -> None:
        self._lane = lane
        self._slots = slots
        self._calls = calls
        self._outbox = outbox
        self._weather = weather
        self._emit = emit
        self.uncertain = False
        """A claim failed, or calls were fenced: read what is ours before the next."""

    async def settle(self, processor_id: int) -> None:
        """Before a claim: give back what should not be held. Raises StoreError."""
        stale = self._slots.take_waiting(STALE_SECS)
        await self.release(stale, processor_id, _STALE)
        await self.release(self._calls.take_aborted(), processor_id, _ABORTED)
        if self.uncertain:
            await self._reconcile(processor_id)
            self.uncertain = False

    async def _reconcile(self, processor_id: int) -> None:
        mine = await self._lane.run(lambda store: store.claims.mine(processor_id))
        known = self._slots.ids | self._outbox.ids
        unknown = [job for job in mine if job.id not in known]
        await self.release(unknown, processor_id, _UNCERTAIN)

    async def release(
        self, jobs: Sequence[ClaimedJob], processor_id: int, reason: str = _STOPPING
    ) -> None:
        """Give *jobs* back; those that are no longer ours are left alone."""
        if not jobs:
            return
        pairs = [(job.id, job.attempt) for job in jobs]
        count = await self._lane.run(
            lambda store: store.claims.release(processor_id, pairs, reason)
        )
        if count:
            self._emit(JobsReleased(count, reason))

    async def try_release(self, jobs: Sequence[ClaimedJob], processor_id: int) -> None:
        """The same at the end, when a database that is away must not hold us up: what
        is not given back is rescued later."""
        try:
            await self.release(jobs, processor_id)
        except StoreError as error:
            await self._weather.bad(error)
