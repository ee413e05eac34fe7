"""What an edit begins with: a job as a draft of itself."""

from dataclasses import fields

from sq_console.model import Job, NewJob
from sq_console.rules.contract import DEFAULT_RETRIES

_START = {"delay_secs", "run_at"}
"""An edit keeps the time of a job changed in place; a new job is due now."""
EDITABLE = tuple(entry.name for entry in fields(NewJob) if entry.name not in _START)
"""The columns that an edit may change: all of a `NewJob` but when it starts."""


def draft_of(job: Job) -> NewJob:
    """Return *job* as an edit begins with it: what it asks for, with its retries back.

    A job that was never called is changed in place and keeps the retries it has. The
    copy of a job that was called gets all of them, whatever the old one has used.
    """
    kept = {name: getattr(job, name) for name in EDITABLE}
    if job.attempts:
        kept["remaining_retries"] = all_retries(job.max_retries)
    return NewJob(**kept)


def all_retries(max_retries: int | None) -> int:
    """Return what a job has when its retries are given back. Before its first claim by
    this program `max_retries` is NULL, and the table's default counts.
    """
    return DEFAULT_RETRIES if max_retries is None else max_retries
