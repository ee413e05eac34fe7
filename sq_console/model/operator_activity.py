"""What operators did, as the activity tells it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """A row of `queued_job_activity`: one action, however many jobs it changed."""

    id: int
    created_at: datetime | None
    who: str
    """user@host"""
    action: str
    """A verb: `retry`, `kill`, `pause`."""
    jobs: int
    """How many jobs; 0 for an action that is about none."""
    job_id: int | None
    """The job, when it was one."""
    bulk_id: int | None
    subject: str
    """A host, or the name of a processor."""
    note: str
