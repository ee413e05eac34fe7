"""What the verdict on the queue is made from, read at the pace at which it changes.

Counts and the last minutes are read each time. What costs more is kept for a while: a
day of sums, totals beyond the cap of counts, jobs behind holds.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from sq_console.model import COUNT_CAP, Counts, Hold, Minute
from sq_console.model.queue_health import HealthReading, HeldJobs, Verdict, VerdictKind
from sq_console.rules.verdict import HISTORY_MINUTES, verdict_of
from sq_console.store.queries.overview.backlog import StoreBacklog
from sq_console.store.queries.overview.kept_reading import KeptReading
from sq_console.store.queries.reads import StoreReads

RECENT_MINUTES = 16
"""This minute, which is not over, and the fifteen before it."""
DAY_SECS, HELD_SECS = 600.0, 5.0
"""How long a day of sums and counts behind holds are kept. The recent minutes are put
upon the day's, so those are never read too late.
"""
_FAR_SECS = {"due": 15.0, "waiting": 60.0, "succeeded": 60.0, "failed": 60.0}
"""How long counts beyond the cap are kept at least."""


class QueueHealth:
    """Readings for the verdict, over one session."""

    def __init__(
        self,
        reads: StoreReads,
        backlog: StoreBacklog,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self._reads = reads
        self._backlog = backlog
        self._steady = steady
        self._day: tuple[Minute, ...] = ()
        self._day_at = float("-inf")
        self._far = {
            name: KeptReading[int](secs, steady) for name, secs in _FAR_SECS.items()
        }
        self._held: KeptReading[tuple[HeldJobs, ...]] = KeptReading(HELD_SECS, steady)
        self._not_well_at: datetime | None = None
        self._was: VerdictKind | None = None

    def reading(self) -> HealthReading:
        """Return counts, a day of minutes, processors, holds and the oldest due job."""
        holds = self._reads.holds()
        oldest = self._backlog.oldest_due({hold.host for hold in holds})
        counts = self._reads.counts_beside(oldest)
        return HealthReading(
            counts=self._with_far_counts(counts),
            minutes=self._minutes(counts),
            processors=tuple(self._reads.processors()),
            held=self._held_jobs(holds),
            oldest_due=oldest,
        )

    def every_hold(self) -> tuple[HeldJobs, ...]:
        """Return every hold with the jobs behind it, counted now: a header counts those
        of some, a list of holds those of all.
        """
        holds = self._reads.holds()
        return self._backlog.held_jobs(holds, len(holds))

    def verdict(
        self,
        reading: HealthReading | None = None,
        *,
        goes_on: int | None = None,
        new: int | None = None,
    ) -> Verdict:
        """Return the verdict on *reading*, or on the queue as it is now. It remembers
        when the queue did not do well: not every reason leaves traces in the sums.
        """
        known = reading or self.reading()
        verdict = verdict_of(
            known,
            goes_on=goes_on,
            new=new,
            not_well_at=self._not_well_at,
            was=self._was,
        )
        self._was = verdict.kind
        if verdict.kind is not VerdictKind.WELL:
            self._not_well_at = known.now
        return verdict

    def _minutes(self, counts: Counts) -> tuple[Minute, ...]:
        now, start = self._steady(), counts.now - timedelta(minutes=HISTORY_MINUTES)
        if now - self._day_at >= DAY_SECS:
            self._day, self._day_at = tuple(self._reads.minutes(HISTORY_MINUTES)), now
            return self._day
        recent = tuple(self._reads.minutes(RECENT_MINUTES))
        first = recent[0].minute if recent else counts.now
        before = (row for row in self._day if start < row.minute < first)
        self._day = (*before, *recent)
        return self._day

    def _with_far_counts(self, counts: Counts) -> Counts:
        """Return *counts* with those that stopped at the cap counted up to
        `FAR_COUNT_CAP`, a while ago at most.
        """
        return replace(
            counts,
            due=self._far_count("due", counts.due),
            waiting=self._far_count("waiting", counts.waiting),
            succeeded=self._far_count("succeeded", counts.succeeded),
            failed=self._far_count("failed", counts.failed),
        )

    def _far_count(self, name: str, number: int) -> int:
        if number <= COUNT_CAP:
            return number
        return self._far[name].value(lambda: self._reads.far_count(name))

    def _held_jobs(self, holds: list[Hold]) -> tuple[HeldJobs, ...]:
        return self._held.value(lambda: self._backlog.held_jobs(holds), tuple(holds))
