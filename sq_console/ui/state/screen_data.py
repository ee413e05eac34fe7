"""What a screen reads from the store: plain functions over `Store`, and what they give.

Each runs on the store's lane and is bounded. A screen says what it needs as a frozen
request; the answer is a frozen reading, shown later on the screen's own thread.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime

from sq_console.errors import JobNotFound, StoreRefused
from sq_console.model import (
    Counts,
    HeldJobs,
    Hold,
    Job,
    JobFilter,
    JobState,
    JobSummary,
    LogEntry,
    LostProcessor,
    Minute,
    OldestDue,
    ProcessorRow,
    Seen,
    Verdict,
)
from sq_console.rules.liveness import lost_of
from sq_console.store import Store
from sq_console.ui.state.panes import STATES, Pane

WINDOW = 200
"""Rows of a list at most; other pages are a key away."""
MARK_LIMIT = 1_000
"""Jobs marked at once at most."""
MARK_PAGES = 20
"""A search goes through as many pages for them, and no further."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How the queue does as a whole."""

    counts: Counts
    minutes: tuple[Minute, ...]
    processors: tuple[ProcessorRow, ...]
    is_exposed: bool = False
    """See `Link`."""
    read_only: str = ""
    """Why nothing may be changed: the server is a replica, say."""
    lost_processors: tuple[LostProcessor, ...] = ()
    """Lost within a day and gone from the table, the last first."""
    holds: tuple[Hold, ...] = ()
    """Hosts, or everything, that operators hold."""
    held: tuple[HeldJobs, ...] = ()
    """The holds, and what waits behind them."""
    oldest_due: OldestDue | None = None
    """The oldest due job of a host that is not held."""
    verdict: Verdict | None = None

    @property
    def now(self) -> datetime:
        """The database's clock at the reading."""
        return self.counts.now

    @property
    def alive(self) -> tuple[ProcessorRow, ...]:
        """Processors with a recent heartbeat."""
        return tuple(row for row in self.processors if row.alive)

    @property
    def lost(self) -> tuple[LostProcessor, ...]:
        """Every processor that is lost, the last first: those whose jobs are still to
        be rescued, and those lost within a day.
        """
        silent = [lost_of(row, self.now) for row in self.processors if not row.alive]
        return (*silent, *self.lost_processors)


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which rows a pane wants."""

    pane: Pane
    wanted: JobFilter
    limit: int = WINDOW
    after: str | None = None
    keep: int | None = None
    """The cursor's job: read by itself when it is not among the rows."""


@dataclass(frozen=True, slots=True)
class ListReading:
    """The rows of a pane."""

    request: ListRequest
    jobs: tuple[JobSummary, ...]
    next: str | None
    latest: JobSummary | None = None


@dataclass(frozen=True, slots=True)
class JobReading:
    """All about one job; None when it is gone."""

    job: Job | None
    log: tuple[LogEntry, ...] = ()


def read_vitals(store: Store) -> Vitals:
    """Counts, a day of minutes, who processes, what is held, and the verdict."""
    health = store.health.reading()
    return Vitals(
        health.counts,
        health.minutes,
        health.processors,
        store.session.link().is_exposed,
        store.session.why_read_only(),
        _lost_processors(store),
        holds=tuple(it.hold for it in health.held),
        held=health.held,
        oldest_due=health.oldest_due,
        verdict=store.health.verdict(health),
    )


def _lost_processors(store: Store) -> tuple[LostProcessor, ...]:
    """An older database has no such table: the console shows the rest all the same."""
    try:
        return tuple(store.reads.lost_processors())
    except StoreRefused:
        return ()


def read_list(store: Store, request: ListRequest) -> ListReading:
    """A pane's rows."""
    states = _states(request)
    if request.wanted.job_id is not None:
        page = store.reads.jobs(JobFilter(job_id=request.wanted.job_id), 1)
        jobs = tuple(job for job in page.jobs if job.state in STATES[request.pane])
        return ListReading(request, jobs, None, _latest(store, request, jobs))
    if not states:
        return ListReading(request, (), None)
    first, *others = states
    page = store.reads.jobs(
        replace(request.wanted, state=first), request.limit, request.after
    )
    jobs = page.jobs
    for state in others:
        jobs = _merged(store, request, jobs, state, is_last=page.next is None)
    return ListReading(request, jobs, page.next, _latest(store, request, jobs))


def read_all(store: Store, request: ListRequest) -> tuple[JobSummary, ...]:
    """Every job that fits, page by page, up to `MARK_LIMIT`: for marking them all."""
    found: dict[int, JobSummary] = {}
    for state in _states(request):
        after: str | None = None
        for _ in range(MARK_PAGES):
            page = store.reads.jobs(replace(request.wanted, state=state), WINDOW, after)
            found.update((job.id, job) for job in page.jobs if job.state is state)
            after = page.next
            if after is None or len(found) >= MARK_LIMIT:
                break
    return tuple(found.values())[:MARK_LIMIT]


def read_job(store: Store, job_id: int, known: JobReading | None = None) -> JobReading:
    """A job and its log; *known* again when nothing has changed: bodies and answers
    are long, and most looks find what the last one found.
    """
    found = store.reads.jobs(JobFilter(job_id=job_id), 1).jobs
    if not found:
        return JobReading(None)
    if known is not None and known.job is not None and _is_same(found[0], known.job):
        last = known.log[-1].id if known.log else 0
        if not store.reads.log_ids(last, 1, job_id):
            return known
    try:
        return JobReading(store.reads.job(job_id), tuple(store.reads.job_log(job_id)))
    except JobNotFound:
        return JobReading(None)


def _is_same(now: JobSummary, known: Job) -> bool:
    def compared(job: JobSummary) -> list[object]:
        values = {entry.name: getattr(job, entry.name) for entry in fields(JobSummary)}
        return list({**values, "url": job.url[:500]}.values())

    return compared(now) == compared(known)


def seen(job: JobSummary) -> Seen:
    """*job* as displayed: an action on it is refused if the row differs now."""
    return Seen(job.id, job.state, job.attempts, job.created_at)


def _states(request: ListRequest) -> tuple[JobState, ...]:
    """The pane's states, or the one the filter names."""
    named = request.wanted.state
    states = STATES[request.pane]
    return states if named is None else tuple(s for s in states if s is named)


def _merged(
    store: Store,
    request: ListRequest,
    jobs: tuple[JobSummary, ...],
    state: JobState,
    *,
    is_last: bool,
) -> tuple[JobSummary, ...]:
    """*jobs* with those in *state* that ended in the page's span among them. The
    killed are few; a filter `state:killed` lists them alone, page by page.
    """
    page = store.reads.jobs(replace(request.wanted, state=state), WINDOW)
    newest = _ended(jobs[0]) if jobs and request.after is not None else None
    oldest = _ended(jobs[-1]) if jobs and not is_last else None
    others = [
        job
        for job in page.jobs
        if (newest is None or _ended(job) <= newest)
        and (oldest is None or _ended(job) >= oldest)
    ]
    both = sorted([*jobs, *others], key=lambda job: (_ended(job), job.id), reverse=True)
    return tuple(both)


def _ended(job: JobSummary) -> float:
    return job.last_finished_at.timestamp() if job.last_finished_at else 0.0


def _latest(
    store: Store, request: ListRequest, jobs: tuple[JobSummary, ...]
) -> JobSummary | None:
    """The cursor's job, when it is not in the list any more."""
    if request.keep is None or any(job.id == request.keep for job in jobs):
        return None
    page = store.reads.jobs(JobFilter(job_id=request.keep), 1)
    return page.jobs[0] if page.jobs else None
