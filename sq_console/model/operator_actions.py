"""What an operator's action takes and returns."""

from dataclasses import dataclass
from datetime import datetime

from sq_console.model.jobs import JobState


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
