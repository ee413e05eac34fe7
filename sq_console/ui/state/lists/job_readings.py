"""What a pane reads from the store: a page of jobs, all that fit, where a job is.

Each runs on the store's lane and is bounded. A pane says what it needs as a frozen
request; the answer is a frozen reading, shown later on the screen's own thread.
"""

from dataclasses import dataclass, replace

from sq_console.model import SEARCH_WINDOW, JobFilter, JobState, JobSummary
from sq_console.store import Store
from sq_console.ui.state.lists.text_scan import TextScan
from sq_console.ui.state.panes import WINDOW, Pane, states_of

MARK_LIMIT = 1_000
"""Jobs marked at once at most."""
MARK_PAGES = 20
"""A search goes through as many pages for them, and no further."""


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which rows a pane wants."""

    pane: Pane
    wanted: JobFilter
    limit: int = WINDOW
    after: str | None = None
    keep: int | None = None
    """The cursor's job: read by itself when it is not among the rows."""
    scan: TextScan | None = None
    """The search in bodies or answers that the rows come from."""


@dataclass(frozen=True, slots=True)
class ListReading:
    """The rows of a pane."""

    request: ListRequest
    jobs: tuple[JobSummary, ...]
    next: str | None
    latest: JobSummary | None = None
    elsewhere: JobSummary | None = None
    """The job whose id is wanted, when another pane lists it."""
    looked_at: int | None = None
    """How many rows a search has looked at; None when it has looked at all."""
    is_searching: bool = False
    """The search goes on with the next reading."""
    has_more: bool = False
    """The search has found more than a page of jobs."""


@dataclass(frozen=True, slots=True)
class MarkedReading:
    """All jobs that fit, for marking them."""

    jobs: tuple[JobSummary, ...]
    is_all: bool
    """No more jobs fit."""


def read_list(store: Store, request: ListRequest) -> ListReading:
    """Return a pane's rows."""
    states = states_of(request.pane, request.wanted)
    if request.wanted.job_id is not None:
        return _read_one(store, request, states)
    if not states:
        return ListReading(request, (), None)
    if request.scan is not None:
        return _read_scan(store, request, request.scan)
    first, *others = states
    page = store.reads.jobs(
        replace(request.wanted, state=first), request.limit, request.after
    )
    jobs = page.jobs
    for state in others:
        jobs = _merged(store, request, jobs, state, is_last=page.next is None)
    is_short = page.next is not None and len(page.jobs) < request.limit
    return ListReading(
        request,
        jobs,
        page.next,
        _latest(store, request, jobs),
        looked_at=SEARCH_WINDOW if is_short else None,
    )


def _read_one(
    store: Store, request: ListRequest, states: tuple[JobState, ...]
) -> ListReading:
    """Return the job with the wanted id, if this pane lists it."""
    page = store.reads.jobs(JobFilter(job_id=request.wanted.job_id), 1)
    jobs = tuple(job for job in page.jobs if job.state in states)
    elsewhere = page.jobs[0] if page.jobs and not jobs else None
    return ListReading(
        request, jobs, None, _latest(store, request, jobs), elsewhere=elsewhere
    )


def _read_scan(store: Store, request: ListRequest, scan: TextScan) -> ListReading:
    scan.step(store)
    found = store.reads.jobs_with_ids(scan.found[:WINDOW])
    jobs = tuple(
        job for job in found if job.state in states_of(request.pane, request.wanted)
    )
    return ListReading(
        request,
        jobs,
        None,
        _latest(store, request, jobs),
        looked_at=None if scan.has_seen_all or scan.is_full else scan.looked_at,
        is_searching=not scan.is_over,
        has_more=scan.is_full,
    )


def read_all(store: Store, request: ListRequest) -> MarkedReading:
    """Return every job that fits, in the list's order, up to `MARK_LIMIT`; of a search
    in bodies or answers, what it has found so far.
    """
    if request.scan is not None or request.wanted.job_id is not None:
        reading = read_list(store, request)
        is_all = reading.looked_at is None and not reading.has_more
        return MarkedReading(reading.jobs, is_all)
    found: dict[int, JobSummary] = {}
    is_all = True
    for state in states_of(request.pane, request.wanted):
        of_state, ended = _all_in(store, replace(request.wanted, state=state))
        found.update(of_state)
        is_all = is_all and ended
    jobs = tuple(found.values())
    if len(states_of(request.pane, request.wanted)) > 1:
        jobs = _newest_first(request, jobs)
    return MarkedReading(jobs[:MARK_LIMIT], is_all and len(jobs) <= MARK_LIMIT)


def _all_in(store: Store, wanted: JobFilter) -> tuple[dict[int, JobSummary], bool]:
    """Return the jobs of one state, and whether these are all."""
    found: dict[int, JobSummary] = {}
    after: str | None = None
    for _ in range(MARK_PAGES):
        page = store.reads.jobs(wanted, WINDOW, after)
        found.update((job.id, job) for job in page.jobs if job.state is wanted.state)
        after = page.next
        if after is None or len(found) > MARK_LIMIT:
            break
    return found, after is None


def _merged(
    store: Store,
    request: ListRequest,
    jobs: tuple[JobSummary, ...],
    state: JobState,
    *,
    is_last: bool,
) -> tuple[JobSummary, ...]:
    """Return *jobs* with those in *state* among them that lie in the page's span. The
    killed are few; a filter `state:killed` lists them alone, page by page.
    """
    page = store.reads.jobs(replace(request.wanted, state=state), WINDOW)
    is_first = request.after is None
    newest = _place(request, jobs[0]) if jobs and not is_first else None
    oldest = _place(request, jobs[-1]) if jobs and not is_last else None
    others = [
        job
        for job in page.jobs
        if (newest is None or _place(request, job) <= newest)
        and (oldest is None or _place(request, job) >= oldest)
    ]
    return _newest_first(request, (*jobs, *others))


def _newest_first(
    request: ListRequest, jobs: tuple[JobSummary, ...]
) -> tuple[JobSummary, ...]:
    return tuple(sorted(jobs, key=lambda job: _place(request, job), reverse=True))


def _place(request: ListRequest, job: JobSummary) -> tuple[float, int]:
    """Return the place of a job that has ended; those of a bulk action go by id."""
    ended = job.last_finished_at
    if request.wanted.bulk_id is not None or ended is None:
        return 0.0, job.id
    return ended.timestamp(), job.id


def _latest(
    store: Store, request: ListRequest, jobs: tuple[JobSummary, ...]
) -> JobSummary | None:
    """Return the cursor's job, when it is not in the list any more."""
    if request.keep is None or any(job.id == request.keep for job in jobs):
        return None
    page = store.reads.jobs(JobFilter(job_id=request.keep), 1)
    return page.jobs[0] if page.jobs else None
