"""Whether the work of a processor's lanes goes on."""

import time
from collections.abc import Callable, Coroutine
from typing import Any

from sq_console.processor.connections import Connections
from sq_console.processor.stalls.standstill import stalled_for
from sq_console.processor.status import Times
from sq_console.store.lane import StoreLane


def _nothing() -> bool:
    return False


class LaneWatch:
    """Notices when a call on a lane does not go on, nor a loop that uses the lane while
    it *has_work*.
    """

    def __init__(
        self,
        name: str,
        lane: StoreLane,
        times: Times,
        has_work: Callable[[], bool] = _nothing,
    ) -> None:
        self._name = name
        self._lane = lane
        self._limit_secs = times.lane_stall
        self._has_work = has_work
        self._moved_at = time.monotonic()

    def moved(self) -> None:
        """The loop that uses the lane has begun another turn."""
        self._moved_at = time.monotonic()

    @property
    def stalled(self) -> str | None:
        """Say for how long nothing moves; None while it does, or has nothing to do."""
        if not (self._lane.is_busy or self._has_work()):
            return None
        moved_at = max(self._moved_at, self._lane.moved_at)
        return stalled_for(f"the {self._name} lane", moved_at, self._limit_secs)


class LaneWatches:
    """Notices when the claim, record or heartbeat lane stands still."""

    def __init__(
        self, connections: Connections, times: Times, has_outcomes: Callable[[], bool]
    ) -> None:
        self._serving = False
        self.claim = LaneWatch("claim", connections.claim, times, lambda: self._serving)
        self._all = (
            self.claim,
            LaneWatch("record", connections.record, times, has_outcomes),
            LaneWatch("heartbeat", connections.heartbeat, times),
        )

    @property
    def stalled(self) -> str | None:
        """Name the first lane that stands still; None while all move."""
        return next((each.stalled for each in self._all if each.stalled), None)

    async def while_serving(self, serve: Coroutine[Any, Any, None]) -> None:
        """Await *serve*; inside, claims are to be made again and again."""
        self._serving = True
        try:
            await serve
        finally:
            self._serving = False
