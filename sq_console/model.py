"""The words of the queue, frozen: jobs, outcomes, log entries, counts.

Values cross threads and layers only as these. They hold what a row says and nothing
that acts on it: what an answer means is decided in `rules`, what is written in `store`.
Every time is an aware UTC `datetime` from the database's clock; durations carry their
unit in their name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

COUNT_CAP = 10_000
"""Counts stop here: 10,001 means "more than 10,000"."""


class JobState(StrEnum):
    """Where a job stands. Derived from its row by the database, never set."""

    PENDING = "pending"
    """Due, scheduled for later, or waiting for a retry."""
    RUNNING = "running"
    """Claimed by a processor."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Permanently, or temporarily with no retries left."""
    KILLED = "killed"


FINISHED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.KILLED})


class ResultCode(IntEnum):
    """`queued_job.result_code`; NULL means not decided."""

    SUCCEEDED = 0
    PERMANENT = 1
    TEMPORARY = 2
    KILLED = 3


class LogEvent(StrEnum):
    """`queued_job_log.event`: what a log row tells. The ancestor's rows have NULL."""

    CALLED = "called"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    FAILED_TEMPORARILY = "failed_temporarily"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    NOTED = "noted"
    """Something worth knowing about an attempt: a clamped timeout, an ignored header.
    """
    RELEASED = "released"
    RESCUED = "rescued"
    ENQUEUED = "enqueued"
    RETRIED = "retried"
    EDITED = "edited"
    REQUEUED = "requeued"
    """A new row was made from this one, or this one from another."""
    KILL_REQUESTED = "kill_requested"


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


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job as a list shows it: everything but its texts."""

    id: int
    state: JobState
    http_method: str
    url: str
    """At most the first 500 characters, in lists."""
    host: str
    """host[:port] in lower case, without credentials; "" if the url has none. Computed
    by the database.
    """
    organization_id: int | None
    priority: int
    """Smaller goes first."""
    attempts: int
    """Claims so far, this one included while it runs."""
    remaining_retries: int
    max_retries: int | None
    """`remaining_retries` as it stood at the first claim; None until then."""
    timeout_secs: int
    retry_delay_secs: int
    created_at: datetime | None
    run_at: datetime | None
    """Not before this."""
    last_started_at: datetime | None
    last_finished_at: datetime | None
    result_code: int | None
    last_status_code: int | None
    last_error: str | None
    """A short kind: `timeout`, `connection refused`, `http 500`."""
    claimed_by: int | None
    processor: str | None
    """Name of the processor that runs it, host:pid; None if none does, or it is not
    known.
    """
    kill_requested_at: datetime | None
    requeued_from: int | None


@dataclass(frozen=True, slots=True)
class Job(JobSummary):
    """A whole job."""

    body: bytes | None
    """UTF-8, unless an application stored other bytes."""
    headers: str | None
    """The JSON text of an object, as stored."""
    last_response: str | None
    kill_requested_by: str | None
    rescues: int


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be inserted; also what an edit turns a job into. Defaults are the
    table's.
    """

    http_method: str
    url: str
    body: bytes | None = None
    headers: str | None = None
    """The JSON text of an object of strings."""
    timeout_secs: int = 60
    remaining_retries: int = 5
    retry_delay_secs: int = 60
    priority: int = 0
    organization_id: int | None = None
    delay_secs: int = 0
    """Not before this long from now, by the database's clock. Ignored when *run_at* is
    given.
    """
    run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimedJob:
    """What a processor needs to call a job it has claimed; (`id`, `attempt`) is its
    fence.
    """

    id: int
    attempt: int
    http_method: str
    url: str
    host: str
    body: bytes | None
    headers: str | None
    timeout_secs: int
    remaining_retries: int
    """Retries left after this attempt."""
    retry_delay_secs: int


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """How many due jobs to take, and which not."""

    limit: int
    due_by: datetime | None = None
    """Only jobs with run_at up to this; None means now."""
    skip_hosts: frozenset[str] = frozenset()
    """Take no job of these hosts: held, or at their cap."""
    per_host: int | None = None
    """At most this many in flight per host…"""
    in_flight: tuple[tuple[str, int], ...] = ()
    """…counting these (host, number) that the processor has already."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log row to be written with an outcome. *msg* is the whole text, `[JOBID n]`
    included.
    """

    event: LogEvent
    msg: str
    status_code: int | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to: written to the row if (processor, attempt) still match."""

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


@dataclass(frozen=True, slots=True)
class KillRequest:
    """An operator wants this attempt aborted."""

    job_id: int
    attempt: int
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
class Rescued:
    """A job taken back from a dead processor."""

    job_id: int
    attempt: int
    state: JobState
    processor: str


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A row of `queued_job_log`."""

    id: int
    job_id: int
    msg: str
    created_at: datetime | None
    attempt: int | None
    event: str | None
    status_code: int | None
    duration_ms: int | None
    processor: str | None
    actor: str | None
    """user@host of the operator, for what operators did."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as the operator last saw it. With None the row is taken as it is now."""

    job_id: int
    state: JobState | None = None
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What an operator's action on one job came to."""

    job_id: int
    done: bool
    message: str
    """What was done, or why not: a clause without the job's id, "now pending",
    "refused: it is running".
    """
    new_id: int | None = None
    """The row that was made, when the action made one."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows."""

    state: JobState | None = None
    host: str | None = None
    organization_id: int | None = None
    text: str | None = None
    """Part of url or last_error; looked for in the first `SEARCH_WINDOW` rows of the
    list's order.
    """
    job_id: int | None = None


SEARCH_WINDOW = 10_000
"""How many rows a search for text or organization reads at most."""


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a list."""

    jobs: tuple[JobSummary, ...]
    next: str | None
    """Give it back for the following page; None at the end. Opaque."""


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
    """The database's clock at the reading."""

    @property
    def latency_secs(self) -> float:
        """Age of the oldest due job in seconds; 0 when none is due."""
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
        """Calls that ended in this minute."""
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
    """Its heartbeat is younger than the time after which it is declared dead."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A host (or `*`) that is not to be called until resumed."""

    host: str
    who: str
    why: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`."""

    ok: bool
    text: str
    advice: str = ""
    """What to do, when it is not ok."""


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """What `init` did."""

    created: tuple[str, ...] = field(default=())
    """Tables that were made."""
    present: Sequence[str] = field(default=())
    """Tables that were there already."""
