"""Events of a processor: frozen facts, in the past tense.

They are emitted on the processor's thread, through one callable given to it; a listener
must be quick and must not raise. The log in the database is written elsewhere: events
are for standard error and log files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from sq_console.model import Outcome, Pruned, Rescued, ResultCode, StuckJob


@dataclass(frozen=True, slots=True)
class IdChosen:
    """The processor is about to enter the table under this id; it does so again after
    others declared it dead.
    """

    processor_id: int


@dataclass(frozen=True, slots=True)
class ProcessorStarted:
    """The processor is in the table and about to claim."""

    name: str
    concurrency: int


@dataclass(frozen=True, slots=True)
class ProcessorStopped:
    """The processor has left the table."""

    name: str
    called: int
    """Calls that came to an outcome since the start."""
    aborted: int
    """Calls that did not: their jobs were released."""
    unrecorded: int
    """Outcomes that could not be written; their jobs will be called again."""


@dataclass(frozen=True, slots=True)
class ProcessorPaused:
    """The processor claims nothing until resumed."""

    why: str


@dataclass(frozen=True, slots=True)
class ProcessorResumed:
    """The processor claims again."""


@dataclass(frozen=True, slots=True)
class DrainStarted:
    """The processor claims nothing more and ends when its calls have."""

    in_flight: int


class CallStarted(NamedTuple):
    """A call is about to go out."""

    job_id: int
    attempt: int
    msg: str
    """`[JOBID n] Calling job …`"""


class OutcomeRecorded(NamedTuple):
    """An outcome is in the database; *result* is what the row says now."""

    outcome: Outcome
    result: ResultCode


@dataclass(frozen=True, slots=True)
class OutcomeLost:
    """The claim was void: nothing was written."""

    job_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class OutcomeRefused:
    """The database refused an answer's text; the outcome was written without it."""

    job_id: int
    why: str


@dataclass(frozen=True, slots=True)
class OutcomeStuck:
    """An outcome cannot be written, even without text; it is set aside and retried."""

    job_id: int
    why: str


@dataclass(frozen=True, slots=True)
class StatsRefused:
    """The sums of `queued_job_stats` cannot be written; outcomes are."""

    why: str


@dataclass(frozen=True, slots=True)
class RowsPruned:
    """A pass over all rows that are old enough is over."""

    pruned: Pruned


@dataclass(frozen=True, slots=True)
class PruningRefused:
    """The database does not let old rows be deleted; it is tried again."""

    why: str


@dataclass(frozen=True, slots=True)
class JobsReleased:
    """Claimed jobs were released without an outcome."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobStuck:
    """The database refused to let a job be claimed, released or rescued; it is skipped
    and retried.
    """

    stuck: StuckJob


@dataclass(frozen=True, slots=True)
class JobRescued:
    """A job of a dead processor was rescued."""

    rescued: Rescued


@dataclass(frozen=True, slots=True)
class StoreLost:
    """The database is away; it is retried."""

    error: str


@dataclass(frozen=True, slots=True)
class StoreRegained:
    """The database is back."""

    away_secs: float


@dataclass(frozen=True, slots=True)
class SelfFenced:
    """Calls were aborted because other processors have rescued their jobs, or will."""

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
    | RowsPruned
    | PruningRefused
    | JobsReleased
    | JobStuck
    | JobRescued
    | StoreLost
    | StoreRegained
    | SelfFenced
)
Emit = Callable[[Event], None]


def ignore(event: Event) -> None:
    """Ignore the event."""
