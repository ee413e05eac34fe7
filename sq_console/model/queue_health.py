"""How the queue does: what is read about it, and the verdict on that."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sq_console.model.queue_overview import Counts, Hold, Minute, ProcessorRow


@dataclass(frozen=True, slots=True)
class OldestDue:
    """The job that is due for longest, among those whose host is not held."""

    at: datetime
    host: str


@dataclass(frozen=True, slots=True)
class HeldJobs:
    """A hold and the pending jobs behind it; both counts stop as `Counts` do."""

    hold: Hold
    pending: int
    due: int
    """Those of them that would be called now."""


@dataclass(frozen=True, slots=True)
class HealthReading:
    """What a verdict is made from. `counts.oldest_due_at` is that of no held host."""

    counts: Counts
    minutes: tuple[Minute, ...]
    """Outcomes of the last 24 h, oldest first; minutes without any are left out."""
    processors: tuple[ProcessorRow, ...] = ()
    held: tuple[HeldJobs, ...] = ()
    oldest_due: OldestDue | None = None

    @property
    def now(self) -> datetime:
        """Return the database's clock at the reading."""
        return self.counts.now

    @property
    def alive(self) -> tuple[ProcessorRow, ...]:
        """Return the processors with a recent heartbeat."""
        return tuple(row for row in self.processors if row.alive)


class VerdictKind(StrEnum):
    """How the queue does, the worst last."""

    WELL = "well"
    SOME_FAIL = "some fail"
    SLOW = "slow"
    FAILING = "failing"
    HELD = "held"
    """Everything is held."""
    STUCK = "stuck"
    """Jobs are due and nobody calls them."""

    @property
    def is_alarming(self) -> bool:
        """Return whether it is a fault that goes on now."""
        return self in (VerdictKind.FAILING, VerdictKind.STUCK)


class StuckReason(StrEnum):
    """Why due jobs are not called."""

    NO_PROCESSOR = "no processor alive"
    ALL_PAUSED = "every processor is paused"
    NO_CALLS = "no call"
    """Processors live and are not paused, and still nothing is called."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the queue does, since when, and the figures that say so."""

    kind: VerdictKind
    since: datetime | None = None
    """Its onset; None: not known, or longer ago than was read."""
    is_longer: bool = False
    """It has been so for all of the 24 h that were read."""
    failed: int = 0
    calls: int = 0
    """Failures and calls of the last `span_minutes`."""
    span_minutes: int = 5
    due: int = 0
    """Due jobs of hosts that are not held; it stops as `Counts` do."""
    latency_secs: float = 0.0
    """The age of the oldest of them."""
    alive: int = 0
    """Processors with a recent heartbeat."""
    reason: StuckReason | None = None
    hold: Hold | None = None
    """The hold of everything."""
    held: int = 0
    """Pending jobs behind it; it stops as `Counts` do."""
    goes_on: int | None = None
    """Causes of failures that go on; None: not known."""
    new: int | None = None
    """Those of them that began lately."""

    @property
    def is_about_failures(self) -> bool:
        """Return whether its causes are worth a word."""
        return self.kind in (VerdictKind.FAILING, VerdictKind.SOME_FAIL)
