"""Retention is worked on by every processor that has the setting, on a lane of its own;
the one that has the duty deletes.

Batches take a part of the time only (`prune_pace`), a small one while claims find
jobs: the rest is the database's, for claims and records. A slow batch is followed by
a long pause.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.errors import RowRefused, StoreError, StoreRefused
from sq_console.model import Retention
from sq_console.processor.events import Emit, PruningRefused, RowsPruned
from sq_console.processor.maintenance.bulk_worker import bulk_worker_name
from sq_console.rules.backoff import Backoff
from sq_console.rules.upkeep.prune_pace import pause_secs, prune_share
from sq_console.store.lane import StoreLane
from sq_console.store.retention.work import DutyReport

IDLE_SECS = 10.0
"""Between looks whether there is something to do."""


class RetentionWorker:
    """Prunes while it may."""

    def __init__(
        self,
        name: str,
        lane: StoreLane,
        retention: Retention,
        emit: Emit,
        may_work: Callable[[], bool],
        is_busy: Callable[[], bool],
        idle_secs: float = IDLE_SECS,
    ) -> None:
        self._worker = bulk_worker_name(name[:60])
        self._who = f"retention@{name.rpartition(':')[0] or name}"
        self._lane = lane
        self._retention = retention
        self._emit = emit
        self._may_work = may_work
        self._is_busy = is_busy
        self._may_have_duty = False
        self._idle_secs = idle_secs
        self._refused = ""
        self._backoff = Backoff(1.0, 60.0, jitter=0.5)

    async def work_forever(self) -> None:
        """Prune; while the database is away, wait. Without the setting: nothing."""
        if not self._retention.is_on:
            return
        wait_secs = 0.0
        while True:
            await asyncio.sleep(wait_secs)
            wait_secs = await self._work_once()

    async def _work_once(self) -> float:
        """Delete a batch, if there is one; return the seconds to the next look."""
        begun = time.monotonic()
        try:
            if not self._may_work():
                await self.leave_duty()
                return min(1.0, self._idle_secs)
            self._may_have_duty = True
            report = await self._lane.run(
                lambda store: store.retention.work(
                    self._worker, self._who, self._retention
                )
            )
        except StoreError as error:
            self._tell_refusal(error)
            return self._backoff.next_secs()
        self._backoff.reset()
        return self._after(report, time.monotonic() - begun)

    async def leave_duty(self) -> None:
        """Give the duty up, if this is who has it. Raises StoreError."""
        if self._may_have_duty:
            await self._lane.run(lambda store: store.retention.leave(self._worker))
            self._may_have_duty = False

    def _after(self, report: DutyReport, took_secs: float) -> float:
        if report.finished is not None and report.finished.total():
            self._emit(RowsPruned(report.finished))
        if not report.is_at_work:
            return self._idle_secs
        share = prune_share(is_busy=self._is_busy(), pass_secs=report.pass_secs)
        return pause_secs(took_secs, share)

    def _tell_refusal(self, error: StoreError) -> None:
        """Tell once why nothing is pruned; others report an outage."""
        is_refusal = isinstance(error, StoreRefused | RowRefused)
        if is_refusal and str(error) != self._refused:
            self._refused = str(error)
            self._emit(PruningRefused(self._refused))
