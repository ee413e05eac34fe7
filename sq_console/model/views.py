"""What operators look at and what their actions come to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sq_console.model.jobs import JobState, JobSummary

COUNT_CAP = 10_000
"""Counts stop here: 10,001 means "more than 10,000"."""

SEARCH_WINDOW = 10_000
"""How many rows a search for text or organization looks at for one page."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as the operator last saw it. With None the row is taken as it is now."""

    job_id: int
    state: JobState | None = None
    attempts: int | None = None
    created_at: datetime | None = None
    """Another than the row's: it is another job, of the same id."""


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
    """Part of url or last_error."""
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a list."""

    jobs: tuple[JobSummary, ...]
    next: str | None
    """Give it back for the following page; None at the end. Opaque. A page of a search
    that has one may be short, or empty.
    """


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
class Link:
    """How a connection to the database was made."""

    text: str
    is_exposed: bool = False
    """It leaves this machine, and the database has not proved who it is."""
    is_remembered: bool = False
    """The login is accepted only while the server remembers the password: it forgets it
    when it starts, and asks for what is then refused.
    """
    to_verify: str = ""
    """What to write into the ini file, so that the database must prove who it is."""
    to_log_in: str = ""
    """What to write into it, so that the login is always accepted."""


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
