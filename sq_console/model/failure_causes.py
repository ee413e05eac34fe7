"""Why jobs fail: failures with one cause, counted together."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sq_console.model.jobs import JobSummary

CAUSES_WINDOW = 20_000
"""Causes are made of so many jobs, those that failed last."""
TREND_BUCKETS = 12
"""A trend is of an hour, five minutes each."""


@dataclass(frozen=True, slots=True)
class CauseKey:
    """What failures of one cause have in common."""

    host: str
    """As `queued_job.host` has it: host[:port]."""
    path: str
    """The url's path, what varies in it as `#`: `/v#/orders/#/notify`."""
    kind: str
    """`404`, `timeout`, `connection refused`."""
    message: str
    """What the handler answered, what varies in it as `#`; "" without an answer."""


class FailedJob(NamedTuple):
    """A job that failed, or waits for a retry, as causes count it."""

    id: int
    key: CauseKey
    ended_at: datetime
    """When its last call ended."""
    organization_id: int | None
    is_waiting: bool
    """It will be called again by itself."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Jobs that failed for one cause."""

    key: CauseKey
    since: datetime
    """Its oldest failure among those looked at."""
    last: datetime
    """Its newest failure."""
    jobs: int
    failed: int
    waiting: int
    """Jobs that wait for a retry."""
    organisations: tuple[tuple[int | None, int], ...]
    """(organization_id, jobs), the most jobs first."""
    trend: tuple[int, ...]
    """Jobs by the end of their last call, in `TREND_BUCKETS` of five minutes: the last
    is the five minutes up to now.
    """
    goes_on: bool
    """Its last failure is minutes ago."""
    is_new: bool
    """It goes on, and its first failure is less than an hour ago."""
    samples: tuple[int, ...]
    """Ids of some of its jobs, the newest failure first."""
    is_older: bool = False
    """It may have begun before `since`: older failures were not looked at."""


@dataclass(frozen=True, slots=True)
class CausesReading:
    """The causes of the jobs that failed last."""

    causes: tuple[Cause, ...]
    """Those that go on first, then the newest first."""
    jobs: int
    """So many jobs were looked at."""
    is_cut: bool
    """There are more, which failed before these."""
    oldest: datetime | None
    """The oldest failure looked at."""
    now: datetime
    """The database's clock."""

    @property
    def goes_on(self) -> int:
        """Return how many of the causes go on."""
        return sum(cause.goes_on for cause in self.causes)

    @property
    def new(self) -> int:
        """Return how many of those are new."""
        return sum(cause.is_new for cause in self.causes)

    def cause(self, key: CauseKey) -> Cause | None:
        """Return the cause with this key; None when it is gone."""
        return next((cause for cause in self.causes if cause.key == key), None)


@dataclass(frozen=True, slots=True)
class CauseContext:
    """What else is known of a cause's host."""

    succeeded_before: int
    """Jobs that succeeded there in the hour before the cause began; counting stops
    beyond `COUNT_CAP`.
    """
    last_success: datetime | None
    """When the last one before it did; None without any."""
    pending: int
    """Jobs that are pending there now, counted alike."""


@dataclass(frozen=True, slots=True)
class CauseSample:
    """A job of a cause, and what the handler answered."""

    job: JobSummary
    answer: str
    """At most the first characters."""
