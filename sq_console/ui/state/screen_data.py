"""What a screen reads from the store: plain functions over `Store`, and what they give.

Each runs on the store's lane and is bounded. What lists read is in `lists`.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from sq_console.errors import JobNotFound, StoreRefused
from sq_console.model import (
    BulkRow,
    Counts,
    HeldJobs,
    Hold,
    Job,
    JobFilter,
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
from sq_console.ui.state.bulk_watch import read_bulk

MINUTES = 16
"""This minute, which is not over, and the fifteen before it."""


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
    bulk: tuple[BulkRow, ...] = ()
    """Bulk actions under way, and the newest; newest first."""

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
        bulk=read_bulk(store),
    )


def _lost_processors(store: Store) -> tuple[LostProcessor, ...]:
    """An older database has no such table: the console shows the rest all the same."""
    try:
        return tuple(store.reads.lost_processors())
    except StoreRefused:
        return ()


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
