"""Giving jobs back: what was not called, and what is ours without our knowing.

A claim whose COMMIT got no answer may or may not have happened, and calls that were
aborted by the fence may still be claimed by us: both are settled by reading what the
database says is ours.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence

from sq_console.errors import RowLocked, StoreError
from sq_console.model import Claim, ClaimedJob, StuckJob
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import Emit, JobsReleased, JobStuck
from sq_console.processor.pipeline.dispatcher import Dispatcher
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.store_health import StoreHealth
from sq_console.store import Store
from sq_console.store.lane import StoreLane

RECHECK_SECS = 30.0
"""Until what could not be given back is looked at again."""
STALE_SECS = 2.0
"""A claimed job that waits longer for a slot is given back: others may have one."""
_STOPPING = "Job released: the processor is stopping"
_ABORTED = "Job released: its call was aborted"
_STALE = "Job released: it waited too long for a slot"
_UNCERTAIN = "Job released: its claim was left uncertain"


class Releaser:
    """Releases over the claim lane, so that no claim of ours runs at the same time."""

    def __init__(
        self,
        lane: StoreLane,
        slots: Slots,
        calls: Dispatcher,
        outbox: Outbox,
        weather: StoreHealth,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lane = lane
        self._slots = slots
        self._dispatcher = calls
        self._outbox = outbox
        self._health = weather
        self._emit = emit
        self._clock = clock
        self._again_at = math.inf
        self.reconcile_needed = False
        """A claim failed, or calls were fenced: read what is ours before the next."""

    async def reconcile(self, processor_id: int) -> None:
        """In every turn of the loop, whatever its state: give back what should not be
        held. Raises StoreError, and is then to be called again.
        """
        stale = self._slots.take_waiting(STALE_SECS)
        await self._release(_claims(stale), processor_id, _STALE)
        aborted = self._dispatcher.take_aborted()
        await self._release(_claims(aborted), processor_id, _ABORTED)
        lost = self._outbox.take_lost()
        if self.reconcile_needed or lost or self._clock() >= self._again_at:
            settled = self.reconcile_needed or lost
            self.reconcile_needed = False  # before: it may become so again meanwhile
            try:
                await self._release_unknown(processor_id, _UNCERTAIN, settled=settled)
            except BaseException:
                self.reconcile_needed = True
                raise

    async def release_waiting(self, processor_id: int) -> None:
        """At the end: what was not called. Raises StoreError."""
        jobs = [*self._slots.take_waiting(), *self._dispatcher.take_aborted()]
        await self._release(_claims(jobs), processor_id, _STOPPING)

    async def release_all(self, processor_id: int) -> None:
        """At the very end: all that is not on its way into the database. Tried until it
        is done; what the caller does not wait for is rescued later.
        """
        while True:
            try:
                await self.release_waiting(processor_id)
                await self._release_unknown(processor_id, _STOPPING)
            except StoreError as error:
                await self._health.failed(error)
            else:
                return

    async def _release_unknown(
        self, processor_id: int, reason: str, *, settled: bool = True
    ) -> None:
        self._again_at = math.inf
        try:
            mine = await self._lane.run(
                lambda store: store.claims.held_by(processor_id, await_commits=settled)
            )
        except RowLocked:  # no COMMIT of ours takes so long: look now, and again later
            self._again_at = self._clock() + RECHECK_SECS
            mine = await self._lane.run(
                lambda store: store.claims.held_by(processor_id, await_commits=False)
            )
        known = self._slots.claims | self._outbox.claims
        unknown = [claim for claim in mine if claim not in known]
        await self._release(unknown, processor_id, reason)

    async def _release(
        self, claims: Sequence[Claim], processor_id: int, reason: str
    ) -> None:
        """Give these back; those that are no longer ours are left alone. If not all
        were ours, some may be locked or stuck, and are looked at again later.
        """
        if not claims:
            return

        def release(store: Store) -> tuple[int, tuple[StuckJob, ...]]:
            count = store.claims.release(processor_id, claims, reason)
            return count, store.stuck_rows.take_reports()

        count, stuck = await self._lane.run(release)
        for one in stuck:
            self._emit(JobStuck(one))
        if count:
            self._emit(JobsReleased(count, reason))
        if count < len(claims):
            self._again_at = self._clock() + RECHECK_SECS


def _claims(jobs: Iterable[ClaimedJob]) -> Sequence[Claim]:
    return [job.claim for job in jobs]
