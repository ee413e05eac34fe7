"""A job, and the states it goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class JobState(StrEnum):
    """The state of a job. The database derives it from the row; it is never set."""

    PENDING = "pending"
    """Due, scheduled for later, or waiting for a retry."""
    RUNNING = "running"
    """Claimed by a processor."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    """Permanently, or temporarily with no retries left."""
    KILLED = "killed"
    SET_ASIDE = "set_aside"
    """Failed, and acknowledged by an operator: in no list of failures."""


FINISHED = frozenset(
    {JobState.SUCCEEDED, JobState.FAILED, JobState.KILLED, JobState.SET_ASIDE}
)


class ResultCode(IntEnum):
    """`queued_job.result_code`; NULL means not decided."""

    SUCCEEDED = 0
    PERMANENT = 1
    TEMPORARY = 2
    KILLED = 3


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job as a list shows it: without body, headers and response."""

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
    """The job is not called before this."""
    last_started_at: datetime | None
    last_finished_at: datetime | None
    result_code: int | None
    last_status_code: int | None
    last_error: str | None
    """A short kind: `timeout`, `connection refused`, `http 500`."""
    claimed_by: int | None
    processor: str | None
    """Name of the processor that runs the job, host:pid; None when none runs it, or its
    name is unknown.
    """
    kill_requested_at: datetime | None
    requeued_from: int | None


@dataclass(frozen=True, slots=True)
class Job(JobSummary):
    """A whole job."""

    body: bytes | None
    """The bytes of the column, in its character set."""
    headers: str | None
    """The JSON text of an object, as stored."""
    last_response: str | None
    kill_requested_by: str | None
    rescues: int
    body_codec: str = "utf-8"
    """Python's name of the column's character set, which decodes a body that is not
    UTF-8.
    """
    set_aside_at: datetime | None = None
    """When an operator acknowledged its failure; a claim forgets it."""
    bulk_id: int | None = None
    """The bulk action that changed it last."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be inserted, or the new values of an edited job. The defaults are those
    of the table.
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
    """The delay of the first call, by the database's clock. Ignored when *run_at* is
    given.
    """
    run_at: datetime | None = None
