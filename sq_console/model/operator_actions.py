"""What an operator's action takes and returns."""

from dataclasses import dataclass
from datetime import datetime

from sq_console.model.jobs import JobState


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as the operator last saw it. A field that is None is not compared."""

    job_id: int
    state: JobState | None = None
    attempts: int | None = None
    created_at: datetime | None = None
    """When it differs from the row's, the row is another job of the same id."""


@dataclass(frozen=True, slots=True)
class ProcessorResult:
    """The result of an operator's request to one processor."""

    processor_id: int
    done: bool
    message: str
    """The request, or why it was refused: "asked to pause", "it is gone"."""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The result of an operator's action on one job."""

    job_id: int
    done: bool
    message: str
    """The change, or why it was refused: a clause without the job's id, "now pending",
    "refused: it is running".
    """
    new_id: int | None = None
    """The id of the row that the action inserted, if any."""
