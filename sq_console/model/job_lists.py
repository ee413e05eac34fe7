"""Lists of jobs: which jobs are asked for, and one page of them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sq_console.model.jobs import JobState, JobSummary

SEARCH_WINDOW = 10_000
"""How many rows a search for what no key finds reads for one page."""
TEXT_WINDOW = 500
"""How many rows a search in bodies or answers reads for one page: they are long."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows: those that fit every field that is given."""

    state: JobState | None = None
    host: str | None = None
    organization_id: int | None = None
    text: str | None = None
    """Part of url or last_error."""
    job_id: int | None = None
    path: str | None = None
    """Part of the url after its host."""
    last_status_code: int | None = None
    status_class: int | None = None
    """The first digit of the last status code: 5 for 500 to 599."""
    error: str | None = None
    """Part of last_error."""
    bulk_id: int | None = None
    """The bulk action that changed the job last."""
    older_secs: float | None = None
    """The job's age is more than this. The age of a job that has ended counts from its
    end, that of a pending one from when it was due, that of a running one from its
    start, all by the database's clock.
    """
    since_secs: float | None = None
    """The job's age is at most this."""
    before: datetime | None = None
    """What the age counts from is before this moment."""
    since: datetime | None = None
    """What the age counts from is not before this moment."""
    body: str | None = None
    """Part of the request's body."""
    answer: str | None = None
    """Part of the last response."""
    max_id: int | None = None
    """Only jobs with this id or a smaller one. With `as_of` it freezes a filter: jobs
    that come to fit it later are not among them.
    """
    as_of: datetime | None = None
    """Only jobs that had ended by then; of those that have not, only those created by
    then.
    """

    @property
    def reads_texts(self) -> bool:
        """Are bodies or answers searched, which are long?"""
        return self.body is not None or self.answer is not None

    def frozen(self, now: datetime, max_id: int) -> "JobFilter":
        """Return this filter for the jobs that fit it *now*, by the database's clock:
        ages become moments.
        """
        before, since = self.before, self.since
        if self.older_secs is not None:
            moment = now - timedelta(seconds=self.older_secs)
            before = moment if before is None else min(before, moment)
        if self.since_secs is not None:
            moment = now - timedelta(seconds=self.since_secs)
            since = moment if since is None else max(since, moment)
        return replace(
            self,
            older_secs=None,
            since_secs=None,
            before=before,
            since=since,
            max_id=max_id if self.max_id is None else min(max_id, self.max_id),
            as_of=now if self.as_of is None else min(now, self.as_of),
        )


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a list."""

    jobs: tuple[JobSummary, ...]
    next: str | None
    """The opaque cursor of the following page; None at the end. A page of a search that
    has one may be short, or empty.
    """
