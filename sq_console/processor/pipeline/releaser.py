"""Releasing jobs: those that were not called, and those held without this process's
knowledge.

A claim whose COMMIT got no answer may or may not have happened, and calls that the
fence aborted may still be claimed by this processor. Both are reconciled by reading
what the database says is claimed.
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
from sq_console.processor.registration import Registration
from sq_console.processor.store_health import StoreHealth
from sq_console.store import Store
from sq_console.store.lane import StoreLane

RECHECK_SECS = 30.0
"""Until the next try for jobs that could not be released."""
STALE_SECS = 2.0
"""A claimed job that waits longer for a slot is released: others may have one."""
_STOPPING = "Job released: the processor is stopping"
_ABORTED = "Job released: its call was aborted"
_STALE = "Job released: it waited too long for a slot"
_UNKNOWN = "Job released: its claim was in doubt"


class Releaser:
    """Releases over the claim lane: no claim of this processor runs meanwhile."""

    def __init__(
        self,
        registration: Registration,
        lane: StoreLane,
        slots: Slots,
        dispatcher: Dispatcher,
        outbox: Outbox,
        health: StoreHealth,
        emit: Emit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registration = registration
        self._lane = lane
        self._slots = slots
        self._dispatcher = dispatcher
        self._outbox = outbox
        self._health = health
        self._emit = emit
        self._clock = clock
        self._recheck_at = math.inf
        self._reconcile_needed = False

    def reconcile_soon(self) -> None:
        """A claim failed, or calls were fenced: before the next claim, read what the
        database says is claimed.
        """
        self._reconcile_needed = True

    async def reconcile(self) -> None:
        """Release what should not be held; called in every turn of the loop, whatever
        its state. Raises StoreError, and is then to be called again.
        """
        processor_id = self._registration.processor_id
        stale = self._slots.take_waiting(STALE_SECS)
        await self._release(processor_id, _claims(stale), _STALE)
        aborted = self._dispatcher.take_aborted()
        await self._release(processor_id, _claims(aborted), _ABORTED)
        await_commits = self._outbox.take_lost() or self._reconcile_needed
        if await_commits or self._clock() >= self._recheck_at:
            self._reconcile_needed = False  # before: it may be asked for meanwhile
            try:
                await self._release_unknown(
                    processor_id, _UNKNOWN, await_commits=await_commits
                )
            except BaseException:
                self._reconcile_needed = True
                raise

    async def release_waiting(self) -> None:
        """Release what was not called, as a shutdown begins. Raises StoreError."""
        processor_id = self._registration.processor_id
        jobs = [*self._slots.take_waiting(), *self._dispatcher.take_aborted()]
        await self._release(processor_id, _claims(jobs), _STOPPING)

    async def release_all(self) -> None:
        """Release everything but outcomes on their way, as a shutdown ends. Tried until
        it is done; what the caller does not wait for is rescued later.
        """
        while True:
            try:
                await self.release_waiting()
                await self._release_unknown(self._registration.processor_id, _STOPPING)
            except StoreError as error:
                await self._health.failed(error)
            else:
                return

    async def _release_unknown(
        self, processor_id: int, reason: str, *, await_commits: bool = True
    ) -> None:
        """Release what the database says is claimed and this process does not know."""
        self._recheck_at = math.inf
        try:
            claimed = await self._lane.run(
                lambda store: store.claims.held_by(
                    processor_id, await_commits=await_commits
                )
            )
        except RowLocked:
            # No COMMIT of this processor takes so long: read now, and again later.
            self._recheck_at = self._clock() + RECHECK_SECS
            claimed = await self._lane.run(
                lambda store: store.claims.held_by(processor_id, await_commits=False)
            )
        known = self._slots.claims | self._outbox.claims
        unknown = [claim for claim in claimed if claim not in known]
        await self._release(processor_id, unknown, reason)

    async def _release(
        self, processor_id: int, claims: Sequence[Claim], reason: str
    ) -> None:
        """Release *claims*; those that are no longer this processor's are left alone.
        If not all were released, some rows may be locked or stuck: they are tried again
        later.
        """
        if not claims:
            return

        def release(store: Store) -> tuple[int, tuple[StuckJob, ...]]:
            count = store.claims.release(processor_id, claims, reason)
            return count, store.stuck_rows.take_reports()

        count, stuck_jobs = await self._lane.run(release)
        for stuck_job in stuck_jobs:
            self._emit(JobStuck(stuck_job))
        if count:
            self._emit(JobsReleased(count, reason))
        if count < len(claims):
            self._recheck_at = self._clock() + RECHECK_SECS


def _claims(jobs: Iterable[ClaimedJob]) -> Sequence[Claim]:
    return [job.claim for job in jobs]
