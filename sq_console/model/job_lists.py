"""Lists of jobs: which jobs are asked for, and one page of them."""

from dataclasses import dataclass

from sq_console.model.jobs import JobState, JobSummary

SEARCH_WINDOW = 10_000
"""How many rows a search for text or organization reads for one page."""


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
    """The opaque cursor of the following page; None at the end. A page of a search that
    has one may be short, or empty.
    """
