"""What a processor tells while it works: frozen facts, in the past tense.

They are emitted on the processor's thread, through one callable given to it; whoever
listens must be quick and must not raise. The database's log is written elsewhere: these
are for standard error and log files.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sq_console.model import Outcome, Rescued, ResultCode, StuckJob


@dataclass(frozen=True, slots=True)
class IdChosen:
    """It is about to enter the table under this id. It does so again after others had
    declared it dead.
    """

    processor_id: int


@dataclass(frozen=True, slots=True)
class ProcessorStarted:
    """It is in the table and about to claim."""

    name: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class ProcessorStopped:
    """It has left the table."""

    name: str
    called: int
    """Calls that came to an outcome in its life."""
    aborted: int
    """Calls that did not: their jobs were given back."""
    unrecorded: int
    """Outcomes that could not be written; their jobs will be called again."""


@dataclass(frozen=True, slots=True)
class ProcessorPaused:
    """It claims nothing until resumed."""

    why: str


@dataclass(frozen=True, slots=True)
class ProcessorResumed:
    """It claims again."""


@dataclass(frozen=True, slots=True)
class DrainStarted:
    """It claims nothing more and ends when its calls have."""

    in_flight: int


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call is about to go out."""

    job_id: int
    attempt: int
    msg: str
    """`[JOBID n] Calling job …`"""


@dataclass(frozen=True, slots=True)
class OutcomeRecorded:
    """An outcome is in the database; *result* is what the row says now."""

    outcome: Outcome
    result: ResultCode


@dataclass(frozen=True, slots=True)
class OutcomeLost:
    """The job was no longer ours: nothing was written."""

    job_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class OutcomeRefused:
    """The database refused an answer's text; a bare outcome was written."""

    job_id: int
    why: str


@dataclass(frozen=True, slots=True)
class OutcomeStuck:
    """The database refused even a bare outcome; it is set aside and tried again."""

    job_id: int
    why: str


@dataclass(frozen=True, slots=True)
class StatsRefused:
    """The sums of `queued_job_stats` cannot be written; outcomes are."""

    why: str


@dataclass(frozen=True, slots=True)
class JobsReleased:
    """Claimed jobs were given back without an outcome."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobStuck:
    """The database refused to let a job be claimed, given back or rescued; it is left
    alone and tried again.
    """

    stuck: StuckJob


@dataclass(frozen=True, slots=True)
class JobRescued:
    """A job was taken back from a dead processor."""

    rescued: Rescued


@dataclass(frozen=True, slots=True)
class StoreLost:
    """The database is away; it is tried again."""

    error: str


@dataclass(frozen=True, slots=True)
class StoreRegained:
    """The database is back."""

    away_secs: float


@dataclass(frozen=True, slots=True)
class SelfFenced:
    """Calls were aborted because others have, or will, take them over."""

    reason: str
    aborted: int


Event = (
    IdChosen
    | ProcessorStarted
    | ProcessorStopped
    | ProcessorPaused
    | ProcessorResumed
    | DrainStarted
    | CallStarted
    | OutcomeRecorded
    | OutcomeLost
    | OutcomeRefused
    | OutcomeStuck
    | StatsRefused
    | JobsReleased
    | JobStuck
    | JobRescued
    | StoreLost
    | StoreRegained
    | SelfFenced
)
Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Listen to nothing."""
