"""An incident to practise on: twelve hosts, of which one fails since a while, one since
a deploy half an hour ago, one is held; thousands of jobs with a history, and live
traffic.

`seed` puts the past into any store, `open_incident` is the whole demo. The same seed
makes the same rows.
"""

import random
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import accumulate
from pathlib import Path

from sq_console import __version__
from sq_console.config import DbSettings, ProcessorSettings, Settings
from sq_console.demo import demo_folder
from sq_console.demo.incident_handler import incident_handler
from sq_console.demo.incident_hosts import CRM, HELD_SECS, IncidentPorts
from sq_console.demo.incident_jobs import (
    LOST_NAME,
    LOST_SECS,
    RESCUED,
    IncidentJobs,
    PastJob,
)
from sq_console.demo.incident_rows import (
    HOST_STATS_COLUMNS,
    JOB_COLUMNS,
    LOG_COLUMNS,
    STATS_COLUMNS,
    IncidentSums,
    job_row,
    log_rows_of,
    stamp_of,
)
from sq_console.errors import StoreUnavailable
from sq_console.model import JobFilter, NewJob
from sq_console.store import Store, open_store
from sq_console.store.recording.history_rows import insert_rows

SEED = 1066
FIRST_JOB_ID = 80_001
ANNA, BEN = "anna@ops1", "ben@ops2"
"""Operators who did something before."""
HOLD_REASON = "ticket 42"
_LIVING_NAME = "web1:3120"
_LOST_ID, _LIVING_ID = 4_444_444_441, 4_444_444_442
_LIVE_EVERY_SECS, _LIVE_JOBS = 0.2, 3
"""Fifteen jobs a second."""


@contextmanager
def open_incident(folder: Path | None, *, live: bool = True) -> Iterator[Settings]:
    """The incident in a database in *folder* (None: one that is removed afterwards),
    with a running handler; *live*: jobs keep coming. Raises SettingsError.
    """
    rng = random.Random(SEED)
    with ExitStack() as stack:
        path = demo_folder(stack, folder) / "incident.sqlite"
        db = DbSettings(engine="sqlite", path=str(path))
        ports = stack.enter_context(incident_handler(rng))
        store = open_store(db, create=True)
        try:
            store.admin.create_schema()
            if not store.reads.jobs(JobFilter(), 1).jobs:
                seed(store, ports)
        finally:
            store.close()
        if live:
            stack.enter_context(live_traffic(db, IncidentJobs(ports, rng)))
        yield Settings(db=db, processor=ProcessorSettings())


def seed(
    store: Store,
    ports: IncidentPorts = IncidentPorts(),  # noqa: B008 - frozen
    *,
    now: datetime | None = None,
) -> None:
    """Put the incident's past into *store*, which has no jobs yet: it begins four hours
    before *now*, the database's time when it is not given.
    """
    rng = random.Random(SEED)
    now = now or store.reads.now()
    past = sorted(IncidentJobs(ports, rng).past(), key=lambda job: -job.created_secs)
    sums, host_sums = IncidentSums(past, now, rng).rows(ports, _LIVING_ID)
    jobs = list(zip(_ids(past, sums, now), past, strict=True))
    session = store.session

    def insert_all() -> None:
        insert_rows(
            session,
            "queued_job",
            JOB_COLUMNS,
            [job_row(job_id, job, now) for job_id, job in jobs],
        )
        log = log_rows_of(jobs, now, _LIVING_NAME)
        insert_rows(session, "queued_job_log", LOG_COLUMNS, log)
        insert_rows(session, "queued_job_stats", STATS_COLUMNS, sums)
        insert_rows(session, "queued_job_host_stats", HOST_STATS_COLUMNS, host_sums)
        _hold_crm(store, ports, now)
        _lose_processor(store, now)

    session.transact(insert_all)


def _ids(
    past: Sequence[PastJob], sums: Sequence[Sequence[object]], now: datetime
) -> Iterator[int]:
    """Yield the ids of *past*: as many were given as calls ended, by the *sums*. Most
    of those jobs succeeded, and were pruned.
    """
    minutes = [str(row[0]) for row in sums]
    ended = [0, *accumulate(int(str(row[2])) + int(str(row[3])) for row in sums)]
    last = FIRST_JOB_ID - 1
    for job in past:
        minute = stamp_of(now - timedelta(seconds=job.created_secs))[:16] + ":00"
        before = ended[bisect_left(minutes, minute)]
        last = max(last + 1, FIRST_JOB_ID + before)
        yield last


def _hold_crm(store: Store, ports: IncidentPorts, now: datetime) -> None:
    """Anna has held the crm, after Ben had retried some of its jobs."""
    host = CRM.url(ports, 0).split("/")[2]
    held, retried = _ago(now, HELD_SECS), _ago(now, HELD_SECS + 900)
    insert_rows(
        store.session,
        "queued_job_hold",
        ("host", "who", "why", "since"),
        [(host, ANNA, HOLD_REASON, held)],
    )
    insert_rows(
        store.session,
        "queued_job_activity",
        ("created_at", "who", "action", "jobs", "subject", "note"),
        [
            (retried, BEN, "retry", 120, host, "perhaps it is back"),
            (held, ANNA, "hold", 0, host, HOLD_REASON),
        ],
    )


def _lose_processor(store: Store, now: datetime) -> None:
    """A processor was lost; what it had was given back, which the log has."""
    lost = _ago(now, LOST_SECS)
    insert_rows(
        store.session,
        "queued_job_lost_processor",
        (
            *("id", "name", "version", "started_at", "heartbeat_at", "lost_at"),
            *("concurrency", "rescued"),
        ),
        [
            (
                *(_LOST_ID, LOST_NAME, __version__, _ago(now, 90_000)),
                *(_ago(now, LOST_SECS + 31), lost, 50, RESCUED),
            )
        ],
    )


def _ago(now: datetime, secs: float) -> str:
    return stamp_of(now - timedelta(seconds=secs))


@contextmanager
def live_traffic(db: DbSettings, jobs: IncidentJobs) -> Iterator[None]:
    """Jobs keep coming, as applications insert them: rows, and no word in the log."""
    stop = threading.Event()

    def insert_forever() -> None:
        store: Store | None = None
        while not stop.wait(_LIVE_EVERY_SECS):
            try:
                store = store or open_store(db)
                _insert_live(store, jobs.live(_LIVE_JOBS))
            except StoreUnavailable:
                _close(store)  # the file was locked for too long
                store = None
        _close(store)

    thread = threading.Thread(target=insert_forever, name="sq-demo-live", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _close(store: Store | None) -> None:
    if store is not None:
        store.close()


def _insert_live(store: Store, jobs: list[NewJob]) -> None:
    columns = ("http_method", "url", "body", "timeout_secs", "organization_id")
    rows = [
        (
            *(job.http_method, job.url, job.body and job.body.decode()),
            *(job.timeout_secs, job.organization_id),
        )
        for job in jobs
    ]
    insert_rows(store.session, "queued_job", columns, rows)
