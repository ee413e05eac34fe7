"""Bulk actions are worked on by every processor, and by a console that has none, on a
lane of their own: a batch waits for locks and disks, and no heartbeat waits for it.

It is no duty of the heartbeat: batches follow one another, with a pause in which others
have the database.
"""

import asyncio
import secrets
from collections.abc import Callable

from sq_console.errors import StoreError
from sq_console.rules.backoff import Backoff
from sq_console.store.lane import StoreLane

IDLE_SECS = 1.0
"""Between looks for something to do."""
PAUSE_SECS = 0.02
"""Between batches."""


def bulk_worker_name(name: str) -> str:
    """Return a worker's name: containers share a name and a process id."""
    return f"{name[:200]} {secrets.token_hex(4)}"


def _always() -> bool:
    return True


class BulkWorker:
    """Works on whatever bulk action there is, a batch at a time."""

    def __init__(
        self, name: str, lane: StoreLane, may_work: Callable[[], bool] = _always
    ) -> None:
        self._name = bulk_worker_name(name)
        self._lane = lane
        self._may_work = may_work
        # A database without the table is asked seldom.
        self._backoff = Backoff(IDLE_SECS, 10.0, jitter=0.5)

    async def work_forever(self) -> None:
        """Work while there is something to do; while the database is away, wait."""
        wait_secs = 0.0
        while True:
            await asyncio.sleep(wait_secs)
            wait_secs = await self._work_once()

    async def _work_once(self) -> float:
        """Work on a batch; return the seconds to the next."""
        if not self._may_work():
            return IDLE_SECS
        try:
            worked = await self._lane.run(
                lambda store: store.bulk.work_batch(self._name)
            )
        except StoreError:
            return self._backoff.next_secs()
        self._backoff.reset()
        return PAUSE_SECS if worked else IDLE_SECS
