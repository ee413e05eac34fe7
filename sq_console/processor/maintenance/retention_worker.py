"""Retention is worked on by every processor that has the setting, on a lane of its own;
the one that has the duty deletes.

Batches take a part of the time only: the rest is the database's, for claims and
records. A slow batch is followed by a long pause.
"""

import asyncio
import time
from collections.abc import Callable

from sq_console.errors import RowRefused, StoreError, StoreRefused
from sq_console.model import Retention
from sq_console.processor.events import Emit, PruningRefused, RowsPruned
from sq_console.processor.maintenance.bulk_worker import bulk_worker_name
from sq_console.rules.backoff import Backoff
from sq_console.rules.upkeep.prune_pace import pause_secs
from sq_console.store.lane import StoreLane
from sq_console.store.retention.work import DutyReport

IDLE_SECS = 10.0
"""Between looks whether there is something to do."""
SHARE = 0.25
"""Batches take this part of the time."""


class RetentionWorker:
    """Prunes while it may."""

    def __init__(
        self,
        name: str,
        lane: StoreLane,
        retention: Retention,
        emit: Emit,
        may_work: Callable[[], bool],
        idle_secs: float = IDLE_SECS,
    ) -> None:
        self._worker = bulk_worker_name(name[:60])
        self._who = f"retention@{name.rpartition(':')[0] or name}"
        self._lane = lane
        self._retention = retention
        self._emit = emit
        self._may_work = may_work
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
        if not self._may_work():
            return min(1.0, self._idle_secs)
        begun = time.monotonic()
        try:
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

    def _after(self, report: DutyReport, took_secs: float) -> float:
        if report.finished is not None and report.finished.total():
            self._emit(RowsPruned(report.finished))
        if report.is_at_work:
            return pause_secs(took_secs, SHARE)
        return self._idle_secs

    def _tell_refusal(self, error: StoreError) -> None:
        """Tell once why nothing is pruned; others report an outage."""
        is_refusal = isinstance(error, StoreRefused | RowRefused)
        if is_refusal and str(error) != self._refused:
            self._refused = str(error)
            self._emit(PruningRefused(self._refused))
