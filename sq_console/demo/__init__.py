"""The demo: an embedded database, jobs in it, and the handlers they call.

It shows the product without any setup, and is the subject of the pictures. The database
and the handlers are real. Processor and console do not know that this is a demo, except
for the badge.
"""

import random
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sq_console.config import DbSettings, ProcessorSettings, Settings
from sq_console.demo.demo_jobs import DemoJobs
from sq_console.demo.handler import Handlers
from sq_console.errors import SettingsError, StoreUnavailable
from sq_console.store import Store, open_store

ACTOR = "demo"
PAUSE_SECS = (2.0, 6.0)
"""Between bursts of new jobs…"""
BURST_JOBS = (3, 20)
"""…and how many come at once."""


@contextmanager
def open_demo(folder: Path | None, jobs: int, *, trickle: bool) -> Iterator[Settings]:
    """A database in *folder* (None: one that is removed afterwards) with *jobs* jobs,
    and running handlers; with *trickle* new jobs keep coming. Raises SettingsError.
    """
    rng = random.Random(1066)  # the same jobs every time
    with ExitStack() as stack:
        db = DbSettings(
            engine="sqlite", path=str(demo_folder(stack, folder) / "demo.sqlite")
        )
        demo_jobs = DemoJobs(stack.enter_context(Handlers(rng)).ports, rng)
        _enqueue_first(db, demo_jobs, jobs)
        if trickle:
            stack.enter_context(_enqueuing(db, demo_jobs, rng))
        yield Settings(db=db, processor=ProcessorSettings())


def demo_folder(stack: ExitStack, folder: Path | None) -> Path:
    """Return *folder*, made if need be; None: one that *stack* removes. Raises
    SettingsError.
    """
    if folder is None:
        return Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(
                    prefix="sq-console-demo-", ignore_cleanup_errors=True
                )
            )
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"{folder}: {error.strerror}") from None
    return folder


def _enqueue_first(db: DbSettings, demo_jobs: DemoJobs, jobs: int) -> None:
    store = open_store(db, create=True)
    try:
        store.admin.create_schema()
        for job in demo_jobs.first_jobs(jobs):
            store.actions.enqueue(job, ACTOR)
    finally:
        store.close()


@contextmanager
def _enqueuing(
    db: DbSettings, demo_jobs: DemoJobs, rng: random.Random
) -> Iterator[None]:
    stop = threading.Event()

    def trickle() -> None:
        while not stop.wait(rng.uniform(*PAUSE_SECS)):
            _enqueue_burst(db, demo_jobs, rng.randint(*BURST_JOBS))

    thread = threading.Thread(target=trickle, name="sq-demo-trickle", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _enqueue_burst(db: DbSettings, demo_jobs: DemoJobs, jobs: int) -> None:
    store: Store | None = None
    try:
        store = open_store(db)
        for job in demo_jobs.random_jobs(jobs):
            store.actions.enqueue(job, ACTOR)
    except StoreUnavailable:
        return  # the file was locked for too long: the next burst follows anyway
    finally:
        if store is not None:
            store.close()
