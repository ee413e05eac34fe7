"""A bulk action: what an operator does to many jobs, as a row of `queued_job_bulk` that
any console or processor works on.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sq_console.model.failure_causes import CauseKey
from sq_console.model.job_lists import JobFilter
from sq_console.model.jobs import JobState


class BulkVerb(StrEnum):
    """What is done to each job."""

    RETRY = "retry"
    KILL = "kill"
    EDIT = "edit"
    SET_ASIDE = "set_aside"
    RESUME = "resume"
    """Its host is not held any more: what is due there becomes due at a pace."""


PULLED_VERBS = frozenset({BulkVerb.RETRY, BulkVerb.EDIT})
"""Verbs whose jobs can be pulled back."""


class BulkState(StrEnum):
    """The state of a bulk action."""

    RUNNING = "running"
    STOPPED = "stopped"
    PULLING = "pulling"
    """Its jobs that were not called yet are pulled back."""
    DONE = "done"
    FAILED = "failed"


UNENDED = frozenset({BulkState.RUNNING, BulkState.PULLING})
"""A worker has to go on with these."""


@dataclass(frozen=True, slots=True)
class BulkEdit:
    """What a bulk edit changes in each job; a job in which it changes nothing is not
    among those counted.
    """

    url_from: str = ""
    """Part of the url; "" leaves urls as they are."""
    url_to: str = ""
    is_expression: bool = False
    """`url_from` is a regular expression, and \\1 in `url_to` its first group."""
    set_headers: tuple[tuple[str, str], ...] = ()
    remove_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """Which jobs, and what is done to them."""

    verb: BulkVerb
    wanted: JobFilter
    states: tuple[JobState, ...] = ()
    """Walked one after the other; without any `wanted` says it all."""
    cause: CauseKey | None = None
    """Only jobs that failed of this."""
    why: str = ""
    per_second: float | None = None
    """The pace of their calls; None: at once."""
    arguments: BulkEdit | None = None
    """Of an edit."""


@dataclass(frozen=True, slots=True)
class BulkCount:
    """Jobs counted so far, of a request frozen at the moment the count began."""

    request: BulkRequest
    counted: int = 0
    position: str | None = None
    """Where the count goes on; None at the beginning."""
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class BulkSample:
    """A job as a bulk edit would change it."""

    job_id: int
    url: str
    headers: str | None
    new_url: str
    new_headers: str | None


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A row of `queued_job_bulk`."""

    id: int
    request: BulkRequest
    who: str
    counted: int
    done: int
    refused: int
    """Changed meanwhile: not as the action would have them any more."""
    not_begun: int | None
    """Counted after it was stopped; None until then."""
    pulled_back: int
    state: BulkState
    worker: str | None
    lease_until: datetime | None
    error: str | None
    stopped_by: str | None
    created_at: datetime | None
    ended_at: datetime | None
    due_until: datetime | None
    """The last `run_at` it has given."""
