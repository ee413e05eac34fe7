"""Giving jobs back: what was not called, and what is ours without our knowing.

A claim whose COMMIT got no answer may or may not have happened, and calls that were
aborted by the fence may still be claimed by us: both are settled by reading what the
database says is ours.
"""

from collections.abc import Iterable, Sequence

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
_Claims = Sequence[tuple[int, int]]
"""(job id, attempt)"""


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
        """In every turn of the loop, whatever its state: give back what should not be
        held. Raises StoreError, and is then to be called again.
        """
        stale = self._slots.take_waiting(STALE_SECS)
        await self._release(_claims(stale), processor_id, _STALE)
        aborted = self._calls.take_aborted()
        await self._release(_claims(aborted), processor_id, _ABORTED)
        if self.uncertain or self._outbox.take_lost():
            self.uncertain = True
            await self._reconcile(processor_id, _UNCERTAIN)
            self.uncertain = False

    async def all_waiting(self, processor_id: int) -> None:
        """At the end: what was not called. Raises StoreError."""
        jobs = [*self._slots.take_waiting(), *self._calls.take_aborted()]
        await self._release(_claims(jobs), processor_id, _STOPPING)

    async def everything(self, processor_id: int) -> None:
        """At the very end: all that is not on its way into the database. Tried until it
        is done; what the caller does not wait for is rescued later.
        """
        while True:
            try:
                await self.all_waiting(processor_id)
                await self._reconcile(processor_id, _STOPPING)
            except StoreError as error:
                await self._weather.bad(error)
            else:
                return

    async def _reconcile(self, processor_id: int, reason: str) -> None:
        mine = await self._lane.run(lambda store: store.claims.mine(processor_id))
        known = self._slots.ids | self._outbox.ids
        unknown = [claim for claim in mine if claim[0] not in known]
        await self._release(unknown, processor_id, reason)

    async def _release(self, claims: _Claims, processor_id: int, reason: str) -> None:
        """Give these back; those that are no longer ours are left alone."""
        if not claims:
            return
        count = await self._lane.run(
            lambda store: store.claims.release(processor_id, claims, reason)
        )
        if count:
            self._emit(JobsReleased(count, reason))


def _claims(jobs: Iterable[ClaimedJob]) -> _Claims:
    return [(job.id, job.attempt) for job in jobs]
