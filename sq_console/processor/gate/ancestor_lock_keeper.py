"""Beside the ancestor: the locks of jobs that are called here are kept, and released
when the outcomes are written (see `store.claiming.ancestor_locks`).

They belong to the connection that claims, which would be replaced when idle: a turn of
the keeper every second is also what keeps it in use.
"""

import asyncio

from sq_console.errors import StoreError
from sq_console.processor.pipeline.pipeline import Pipeline
from sq_console.processor.store_health import StoreHealth
from sq_console.store.lane import StoreLane


class AncestorLockKeeper:
    """Keeps the locks over the claim lane."""

    def __init__(
        self, lane: StoreLane, pipeline: Pipeline, health: StoreHealth, secs: float
    ) -> None:
        self._lane = lane
        self._pipeline = pipeline
        self._health = health
        self._secs = secs

    async def keep_forever(self) -> None:
        """Take a turn again and again, while calls end after a drain began too."""
        while True:
            try:
                ids = self._pipeline.held_jobs
                await self._lane.run(
                    lambda store, ids=ids: store.claims.ancestor_locks.keep(ids)  # type: ignore[misc]
                )
                await asyncio.sleep(self._secs)
            except StoreError as error:
                await self._health.failed(error)
