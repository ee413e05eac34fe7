"""Pruning: what nobody reads any more is deleted, a little at a time: old sums, holds
that have ended by themselves, jobs that were to be tried and never were.
"""

import contextlib

from sq_console.errors import RowLocked, StoreRefused
from sq_console.store import Store
from sq_console.store.lane import StoreLane

HOLDS_SECS = 5.0
"""Between looks for holds that have ended; they are obeyed no more at once."""
PRUNE_SECS = 60.0
"""Between looks for old sums."""


class Pruning:
    """Prunes over one lane. What another processor has locked is left to it."""

    def __init__(self, lane: StoreLane) -> None:
        self._lane = lane

    async def end_holds(self) -> None:
        """Delete what was held until a moment that is over. Raises StoreError."""
        await self._lane.run(lambda store: store.holds.end_expired())

    async def prune_sums(self) -> None:
        """Delete sums that are too old. Raises StoreError."""
        await self._lane.run(_prune)


def _prune(store: Store) -> None:
    for prune in (store.host_stats.prune_hosts, store.stats.prune_minutes):
        with contextlib.suppress(RowLocked, StoreRefused):  # no outcome depends on them
            prune()
