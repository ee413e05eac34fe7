"""Where the next scan of each priority begins.

Index entries of jobs long gone stay while anybody holds a snapshot open; a scan that
began at the head would wade through them each time. So it begins a little before the
last claim, and from the very beginning every few seconds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

RESCAN_SECS = 5.0
REPRIORITIZE_SECS = 1.0
LOOK_BACK = timedelta(seconds=2)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""SQLite lets any time into a column; before the first there is none to look back to.
"""


class ScanWindow:
    """What is known of each priority."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at = -RESCAN_SECS
        self._priorities_at = -RESCAN_SECS
        self._floors: dict[int, datetime] = {}
        self._missed = False
        self.priorities: list[int] = []

    def begin(self, read_priorities: Callable[[], list[int]]) -> None:
        """Before a claim: from the beginning if it is time, or if nothing was found."""
        now = self._clock()
        if now - self._full_at >= RESCAN_SECS or self._missed:
            self._floors.clear()
            self._full_at, self._missed = now, False
            self._priorities_at = -RESCAN_SECS
        if now - self._priorities_at >= REPRIORITIZE_SECS:
            self.priorities, self._priorities_at = read_priorities(), now

    def floor(self, priority: int) -> datetime | None:
        """Look at no entry before this."""
        return self._floors.get(priority)

    def lowest_floor(self) -> datetime | None:
        """Nothing due lies before this, as far as is known; None when it is time to
        look everywhere."""
        if self._missed or self._clock() - self._full_at >= RESCAN_SECS:
            return None
        floors = [self._floors.get(priority) for priority in self.priorities]
        known = [floor for floor in floors if floor is not None]
        return min(known) if known and len(known) == len(floors) else None

    def scanned_all(self) -> None:
        """Nothing was due anywhere: as good as a scan from the beginning."""
        self._full_at, self._missed = self._clock(), False

    def found(self, priority: int, first: datetime | None) -> None:
        """The first job found had this run_at."""
        if first is not None and first > _EARLIEST:
            self._floors[priority] = first - LOOK_BACK

    def found_nothing(self) -> None:
        """The next claim scans from the beginning, and whatever priorities there are by
        then: those just read may have been none.
        """
        self._missed = bool(self._floors)
        self._priorities_at = -RESCAN_SECS
