"""Following `queued_job_log` without missing a row.

AUTO_INCREMENT ids are not given in commit order: a row with a smaller id may become
visible after one with a larger. So a poll reads all ids above the one that was the
largest ten seconds ago, and fetches the rows it has not shown yet. When these ids are
many, only some polls read them all: rows that commit late are shown a little later
then. Where more rows come than a screen can show, most are skipped, and counted.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from sq_console.model import LogEntry

if TYPE_CHECKING:  # a verb that follows no log does not load them
    from sq_console.store.queries.reads import StoreReads

LAG_SECS = 10.0
"""A row that commits later than this after its neighbours shows only in its job's log.
"""
RESCAN_SECS = 2.0
"""The window is read so often while more than `FEW` ids are in it."""
FEW = 2_000
_WINDOW = 100_000
_LOOK_BACK = 1_000
_MOST_TIMES = 5
"""When more rows wait than the limit times this, most are skipped."""


class LogTail:
    """New log rows, each once; of one job, when *job_id* is given."""

    def __init__(
        self, job_id: int | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._job_id = job_id
        self.skipped = 0
        """Rows that the last poll for the newest has left out; an estimate after a
        flood, since ids have gaps."""
        self._clock = clock
        self._floor = 0
        self._largest = 0
        self._rescanned_at = -RESCAN_SECS
        self._largest_ids: deque[tuple[float, int]] = deque()
        self._shown: set[int] = set()

    def start(self, reads: StoreReads, last: int = 200) -> list[LogEntry]:
        """Return the *last* rows there are now; polling begins after them."""
        newest = reads.last_log_id()
        if self._job_id is None:
            entries = reads.log_rows(reads.log_ids_before(newest + 1, last))
        else:
            entries = reads.job_log(self._job_id, last)
        # A row below the newest id that has not committed yet is still to come.
        self._floor = max(0, newest - _LOOK_BACK)
        self._largest = newest
        before = reads.log_ids(self._floor, _WINDOW, self._job_id)
        self._shown = {log_id for log_id in before if log_id <= newest}
        return entries

    @property
    def largest(self) -> int:
        """The largest id known: all above it is still to be polled."""
        return self._largest

    def note_shown(self, ids: Iterable[int]) -> None:
        """These rows were shown already: no poll returns them."""
        self._shown.update(log_id for log_id in ids if log_id > self._floor)

    def poll(
        self, reads: StoreReads, limit: int = 1000, *, newest: bool = False
    ) -> list[LogEntry]:
        """Return rows not shown yet, at most *limit*: the oldest first, so that nothing
        is missed, or with *newest* only the last, for a screen that shows no more.
        """
        self.skipped = 0
        if newest and self._job_id is None:
            self._skip_ahead(reads.last_log_id(), limit)
        ids = reads.log_ids(self._from(), _WINDOW, self._job_id)
        unseen = [log_id for log_id in ids if log_id not in self._shown]
        taken = unseen[-limit:] if newest else unseen[:limit]
        if newest:
            self.skipped += len(unseen) - len(taken)
        self._shown.update(unseen if newest else taken)
        if len(taken) == len(unseen) or newest:
            self._largest = max([self._largest, *ids[-1:]])
            self._largest_ids.append((self._clock(), self._largest))
        return reads.log_rows(taken)

    def _skip_ahead(self, last_id: int, limit: int) -> None:
        """Skip to a little before the end, when too many rows have come."""
        if last_id - self._largest > _MOST_TIMES * limit:
            self._floor = max(self._floor, last_id - 2 * limit)
            self.skipped = self._floor - self._largest
            self._largest_ids.clear()
            self._rescanned_at = -RESCAN_SECS

    def _from(self) -> int:
        """Return the id to read above: the window's floor or the largest one seen."""
        now = self._clock()
        if len(self._shown) > FEW and now - self._rescanned_at < RESCAN_SECS:
            return self._largest
        self._rescanned_at = now
        while len(self._largest_ids) > 1 and now - self._largest_ids[0][0] > LAG_SECS:
            self._floor = max(self._floor, self._largest_ids.popleft()[1])
        self._shown = {log_id for log_id in self._shown if log_id > self._floor}
        return self._floor
