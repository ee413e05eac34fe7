"""Where the next scan of each priority begins: at its floor, a run_at.

Index entries of jobs long gone stay while anybody holds a snapshot open. A scan from
the head of the index would read them each time. So it begins a little before the first
job of the last claim, and at the head every few seconds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

RESCAN_SECS = 5.0
REPRIORITIZE_SECS = 1.0
LOOK_BACK = timedelta(seconds=2)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""SQLite takes any time in a column; nothing can be subtracted from the first.
"""


class ScanWindow:
    """The floors of all priorities."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at = -RESCAN_SECS
        self._priorities_at = -RESCAN_SECS
        self._floors: dict[int, datetime] = {}
        self._missed = False
        self.priorities: list[int] = []

    def begin(self, read_priorities: Callable[[], list[int]]) -> None:
        """Begin a claim: without floors if it is time, or if the last found nothing."""
        now = self._clock()
        if now - self._full_at >= RESCAN_SECS or self._missed:
            self._floors.clear()
            self._full_at, self._missed = now, False
            self._priorities_at = -RESCAN_SECS
        if now - self._priorities_at >= REPRIORITIZE_SECS:
            self.priorities, self._priorities_at = read_priorities(), now

    def floor(self, priority: int) -> datetime | None:
        """Return the run_at at which to begin; None: at the head."""
        return self._floors.get(priority)

    def lowest_floor(self) -> datetime | None:
        """Return the run_at before which nothing is due, as far as is known; None when
        it is time to scan everything.
        """
        if self._missed or self._clock() - self._full_at >= RESCAN_SECS:
            return None
        floors = [self._floors.get(priority) for priority in self.priorities]
        known = [floor for floor in floors if floor is not None]
        return min(known) if known and len(known) == len(floors) else None

    def scanned_all(self) -> None:
        """Note that nothing was due: as good as a scan from the head."""
        self._full_at, self._missed = self._clock(), False

    def found(self, priority: int, first: datetime | None) -> None:
        """Set the floor of *priority* by the run_at of the first job found."""
        if first is not None and first > _EARLIEST:
            self._floors[priority] = first - LOOK_BACK

    def found_nothing(self) -> None:
        """Let the next claim scan from the head, and read the priorities again: there
        may have been none.
        """
        self._missed = bool(self._floors)
        self._priorities_at = -RESCAN_SECS
