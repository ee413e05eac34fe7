"""Values between a processor and the store: claims, outcomes, control."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sq_console.model.jobs import JobState, ResultCode
from sq_console.model.log_entries import LogLine


class ProcessorState(StrEnum):
    """The state that a processor reports."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"
    STOPPED = "stopped"


class Wanted(StrEnum):
    """`queued_job_processor.wanted`: the state that operators request."""

    RUN = "run"
    PAUSE = "pause"
    DRAIN = "drain"


class Claim(NamedTuple):
    """One attempt of one job. An id may be reused, after a TRUNCATE or by a restored
    dump: two jobs of one id differ in `created_at`.
    """

    job_id: int
    attempt: int
    created_at: str
    """The column as the database writes it, for comparison only; "" for NULL."""


class ClaimedJob(NamedTuple):
    """A claimed job with all that its call needs; `claim` is its fence."""

    id: int
    attempt: int
    http_method: str
    url: str
    host: str
    body: bytes | None
    headers: str | None
    timeout_secs: int
    retry_delay_secs: int
    created_at: str = ""
    """See `Claim`."""

    @property
    def claim(self) -> Claim:
        """Return the fence of the job's outcome."""
        return Claim(self.id, self.attempt, self.created_at)


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """How many due jobs to take, in all and of each host."""

    limit: int
    due_by: datetime | None = None
    """Only jobs with run_at up to this; None means now."""
    room: Mapping[str, int] = field(default_factory=dict)
    """At most so many of each of these hosts; 0 for one that is held or at its cap."""
    default_room: int | None = None
    """At most so many of any other host; None: no limit but that for all."""
    tries: frozenset[int] = frozenset()
    """Jobs to be called once whatever there is room for, if they are due."""
    only_tries: bool = False
    """Everything is held: no other job is taken."""
    beside_ancestor: bool = False
    """The ancestor works here too: no job is taken that it calls."""


class Outcome(NamedTuple):
    """The result of a call: written to the row if processor and claim still match."""

    job_id: int
    attempt: int
    result: ResultCode
    status_code: int | None
    error: str | None
    """A short kind, None for success."""
    response: str | None
    """Text of the response; None when there was none, and the row keeps its own."""
    duration_ms: int
    log: tuple[LogLine, ...]
    """Log rows in order; the last is the row of the outcome."""
    retry_delay_secs: int | None = None
    """Set by the handler (0 to 86,400); None leaves the row's."""
    url: str | None = None
    """Set by the handler; None leaves the row's."""
    headers: str | None = None
    """New headers, when the url leads to another origin; None leaves the row's."""
    created_at: str = ""
    """The `created_at` of the called job; see `Claim`."""
    host: str = ""
    """The host of the called job, for the sums of hosts."""

    @property
    def claim(self) -> Claim:
        """Return the fence under which it is written."""
        return Claim(self.job_id, self.attempt, self.created_at)


@dataclass(frozen=True, slots=True)
class RecordReport:
    """Which outcomes of a batch were written."""

    recorded: tuple[tuple[int, ResultCode], ...]
    """(job id, result in the row): a temporary failure of a job whose kill was
    requested is recorded as killed.
    """
    lost: tuple[int, ...]
    """Ids whose claim no longer matches: nothing was written for them."""
    refused: tuple[tuple[int, str], ...] = ()
    """(id, why): the database refused the values; a simplified outcome was written
    instead.
    """
    stuck: tuple[tuple[int, str], ...] = ()
    """(id, why): the database refused that too. Nothing was written, and the claim
    still holds.
    """
    locked: tuple[int, ...] = ()
    """Ids of rows that another session keeps locked: nothing was written yet."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Recorded outcomes, and how long their calls took in all and at most."""

    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    """Temporary failures, the last of a job included."""
    killed: int = 0
    duration_ms_sum: int = 0
    duration_ms_max: int = 0

    def with_one(self, result: ResultCode, duration_ms: int) -> "Sums":
        """Return these sums with one more outcome."""
        return Sums(
            self.succeeded + (result is ResultCode.SUCCEEDED),
            self.failed + (result is ResultCode.PERMANENT),
            self.retried + (result is ResultCode.TEMPORARY),
            self.killed + (result is ResultCode.KILLED),
            self.duration_ms_sum + duration_ms,
            max(self.duration_ms_max, duration_ms),
        )


CALL_DURATIONS_MS = (30, 100, 300, 1_000, 3_000, 10_000, 30_000)
"""Limits between which calls are counted by duration, for a median."""


@dataclass(frozen=True, slots=True)
class HostSums:
    """The sums of one host."""

    host: str
    sums: Sums
    within: tuple[int, ...]
    """Calls that took longer than the limit before and at most this one of
    `CALL_DURATIONS_MS`; those that took longer than all are in none.
    """


@dataclass(frozen=True, slots=True)
class StuckJob:
    """A job whose row the database refuses to change, by a trigger or a CHECK."""

    job_id: int
    doing: str
    """The change that was refused: claimed, given back or rescued."""
    why: str


@dataclass(frozen=True, slots=True)
class KillRequest:
    """An operator's request to abort this attempt."""

    claim: Claim
    by: str


@dataclass(frozen=True, slots=True)
class Control:
    """The operators' requests to one processor, read once a second."""

    kills: tuple[KillRequest, ...]
    wanted: Wanted | None
    """None: the processor's row is gone, so it has been declared dead."""
    holds: frozenset[str]
    """Held hosts; `*` holds everything."""
    tries: frozenset[int] = frozenset()
    """Jobs that operators want called once although they are held."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The ports and hosts that the database's server reports. Empty for a file."""

    ports: frozenset[int] = frozenset()
    hosts: tuple[str, ...] = ()
    """Its name, and the addresses it is bound to unless it is bound to all."""


@dataclass(frozen=True, slots=True)
class Rescued:
    """A job rescued from a dead processor."""

    job_id: int
    attempt: int
    state: JobState
    processor: str
