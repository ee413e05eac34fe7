"""What passes between a processor and the store: claims, outcomes, control."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sq_console.model.jobs import JobState, ResultCode
from sq_console.model.log_entries import LogLine


class ProcessorState(StrEnum):
    """What a processor says it is doing."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"
    STOPPED = "stopped"


class Wanted(StrEnum):
    """`queued_job_processor.wanted`: what operators ask of a processor."""

    RUN = "run"
    PAUSE = "pause"
    DRAIN = "drain"


class Claim(NamedTuple):
    """One attempt of one job. Ids come again, after a TRUNCATE or from a restored dump:
    two jobs of one id differ in `created_at`.
    """

    job_id: int
    attempt: int
    created_at: str
    """The column as the database writes it, only ever compared; "" for NULL."""


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """What a processor needs to call a job it has claimed; `claim` is its fence."""

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
        """What its outcome is written under."""
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: written to the row if processor and claim still match."""

    job_id: int
    attempt: int
    result: ResultCode
    status_code: int | None
    error: str | None
    """A short kind, None for success."""
    response: str | None
    """Text of the answer; None when there was none, and the row keeps what it had."""
    duration_ms: int
    log: tuple[LogLine, ...]
    """Rows for the log, in order; the outcome's own is the last."""
    retry_delay_secs: int | None = None
    """Set by the handler (0 to 86,400); None leaves the row's."""
    url: str | None = None
    """Set by the handler; None leaves the row's."""
    headers: str | None = None
    """The row's from now on, when the url leads to another origin; None leaves them."""
    created_at: str = ""
    """Of the job that was called; see `Claim`."""

    @property
    def claim(self) -> Claim:
        """What it is written under."""
        return Claim(self.job_id, self.attempt, self.created_at)


@dataclass(frozen=True, slots=True)
class RecordReport:
    """Which outcomes of a batch were written."""

    recorded: tuple[tuple[int, ResultCode], ...]
    """(job id, what the row now says): a temporary failure of a job whose kill was
    asked for ends killed.
    """
    lost: tuple[int, ...]
    """Ids whose claim was no longer ours: nothing was written for them."""
    refused: tuple[tuple[int, str], ...] = ()
    """(id, why): the database refused the values; a short safe outcome was written in
    their place.
    """
    stuck: tuple[tuple[int, str], ...] = ()
    """(id, why): it refused that too; nothing was written, and the job is still ours.
    """
    locked: tuple[int, ...] = ()
    """Ids of rows that somebody else keeps locked: nothing was written yet."""


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
        """These and one outcome more."""
        return Sums(
            self.succeeded + (result is ResultCode.SUCCEEDED),
            self.failed + (result is ResultCode.PERMANENT),
            self.retried + (result is ResultCode.TEMPORARY),
            self.killed + (result is ResultCode.KILLED),
            self.duration_ms_sum + duration_ms,
            max(self.duration_ms_max, duration_ms),
        )


@dataclass(frozen=True, slots=True)
class StuckJob:
    """The database refused to change a row, by a trigger or a CHECK."""

    job_id: int
    doing: str
    """What was to be done: claimed, given back or rescued."""
    why: str


@dataclass(frozen=True, slots=True)
class KillRequest:
    """An operator wants this attempt aborted."""

    claim: Claim
    by: str


@dataclass(frozen=True, slots=True)
class Control:
    """What operators want of one processor, read once a second."""

    kills: tuple[KillRequest, ...]
    wanted: Wanted | None
    """None: the processor's row is gone, so it has been declared dead."""
    holds: frozenset[str]
    """Held hosts; `*` holds everything."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the database's server says that it listens. Empty for a file."""

    ports: frozenset[int] = frozenset()
    hosts: tuple[str, ...] = ()
    """Its name, and the addresses it is bound to, if they are not all."""


@dataclass(frozen=True, slots=True)
class Rescued:
    """A job taken back from a dead processor."""

    job_id: int
    attempt: int
    state: JobState
    processor: str
