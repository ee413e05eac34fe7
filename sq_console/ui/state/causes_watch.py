"""The causes of failures as the console knows them: read a little with each refresh."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from sq_console.model import (
    CauseContext,
    CauseKey,
    CauseSample,
    CausesReading,
)
from sq_console.store import Store
from sq_console.store.queries.causes_follower import CausesFollower
from sq_console.ui.state.console_lane import ConsoleLane

LOOK_SECS = 0.25
"""So long one refresh reads causes; the rest comes with the next."""
FIRST_LOOK_SECS = 1.0
PAGE_JOBS = 100
"""Jobs on one page of a cause."""


@dataclass(frozen=True, slots=True)
class CauseReading:
    """A page of the jobs of one cause, and what is known of its host."""

    key: CauseKey
    page: int
    samples: tuple[CauseSample, ...]
    jobs: int
    """How many jobs the cause has."""
    context: CauseContext | None


class CausesWatch:
    """Reads causes on the console's lane, piece by piece: keys come in between."""

    def __init__(
        self, lane: ConsoleLane, steady: Callable[[], float] = monotonic
    ) -> None:
        self._lane = lane
        self._steady = steady
        self._follower = CausesFollower()
        self._contexts: dict[CauseKey, tuple[float, CauseContext]] = {}
        self.reading: CausesReading | None = None
        """None until there is a first one."""

    async def refresh(self) -> None:
        """Read on. Raises StoreError."""
        secs = FIRST_LOOK_SECS if self.reading is None else LOOK_SECS
        until = self._steady() + secs
        while await self._lane.run(self._step):
            if self._steady() > until:
                break
        if self._follower.has_read:
            self.reading = self._follower.reading

    def _step(self, store: Store) -> bool:
        return self._follower.step(store.causes)

    def reread(self) -> None:
        """Read all again soon: something was done to many jobs."""
        self._follower.reread()

    def read_cause(self, store: Store, key: CauseKey, page: int) -> CauseReading:
        """Return a page of a cause's jobs; for the lane."""
        job_ids = self._follower.job_ids(key)
        shown = job_ids[page * PAGE_JOBS : (page + 1) * PAGE_JOBS]
        samples = store.causes.samples(key, shown)
        context = self._context(store, key)
        return CauseReading(key, page, samples, len(job_ids), context)

    def _context(self, store: Store, key: CauseKey) -> CauseContext | None:
        """Return what is known of the cause's host, some seconds old."""
        now, known = self._steady(), self._contexts.get(key)
        if known is not None and now - known[0] < 10.0:
            return known[1]
        cause = self._follower.reading.cause(key)
        if cause is None:
            return known[1] if known else None
        context = store.causes.context(key.host, cause.since)
        self._contexts = {key: (now, context)}
        return context
