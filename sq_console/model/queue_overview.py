"""The queue as a whole: counts, outcomes per minute, processors and holds."""

from dataclasses import dataclass
from datetime import datetime

COUNT_CAP = 10_000
"""Counts stop here: 10,001 means "more than 10,000"."""
FAR_COUNT_CAP = 100_000
"""Counts that are made now and then stop here."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs are in each state; each stops at `COUNT_CAP` + 1."""

    due: int
    """Pending with run_at up to now: the backlog."""
    waiting: int
    """Pending with run_at in the future."""
    running: int
    succeeded: int
    failed: int
    killed: int
    oldest_due_at: datetime | None
    now: datetime
    """The database's clock when the jobs were counted."""

    @property
    def latency_secs(self) -> float:
        """Return the age of the oldest due job in seconds; 0 when none is due."""
        if self.oldest_due_at is None:
            return 0.0
        return max(0.0, (self.now - self.oldest_due_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Minute:
    """Outcomes in one minute, of all processors."""

    minute: datetime
    succeeded: int
    failed: int
    retried: int
    """Temporary failures, the last of a job included."""
    killed: int
    duration_ms_sum: int
    duration_ms_max: int

    @property
    def calls(self) -> int:
        """Return the number of calls that ended in this minute."""
        return self.succeeded + self.failed + self.retried + self.killed


@dataclass(frozen=True, slots=True)
class ProcessorRow:
    """A row of `queued_job_processor`."""

    id: int
    name: str
    """host:pid"""
    version: str
    started_at: datetime | None
    heartbeat_age_secs: float
    concurrency: int
    running: int
    state: str
    wanted: str
    alive: bool
    """Its heartbeat is not old enough to declare it dead."""


LOST_KEPT_SECS = 86_400
"""A lost processor is listed for a day."""


@dataclass(frozen=True, slots=True)
class LostProcessor:
    """A processor that died: it ended without taking its row out of the table."""

    id: int
    name: str
    """host:pid"""
    version: str
    started_at: datetime | None
    heartbeat_at: datetime | None
    """Its last."""
    lost_at: datetime | None
    """When it was declared dead; None while its jobs are still to be rescued."""
    concurrency: int
    rescued: int
    """Jobs of it that were given back, or ended as the rescue ends them."""

    @property
    def since(self) -> datetime | None:
        """When it was last known to live. A heartbeat of long ago was written by who
        knew that it was dead.
        """
        was = self.heartbeat_at
        return was if was is not None and was.year > 2001 else self.lost_at


HOLD_ALL = "*"
"""The host of a hold of everything."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A host (or `HOLD_ALL`) that no processor calls until the hold is lifted."""

    host: str
    who: str
    why: str
    since: datetime | None
    expires_at: datetime | None = None
    """When it ends by itself; None: when somebody lifts it."""
