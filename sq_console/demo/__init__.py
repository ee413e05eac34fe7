"""A whole small world: an embedded database, jobs in it, and the handlers they call.

It is the product at work with nothing to set up, and the subject of the pictures. The
database and the handlers are real; nothing in the processor or the console knows that
this is a demo, but for its badge.
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
QUIET_SECS = (2.0, 6.0)
"""Between bursts of new jobs…"""
BURST = (3, 20)
"""…and how many come at once."""


@contextmanager
def open_demo(folder: Path | None, jobs: int, *, trickle: bool) -> Iterator[Settings]:
    """A database in *folder* (None: one that is removed afterwards) with *jobs* jobs,
    and running handlers; with *trickle* new jobs keep coming. Raises SettingsError.
    """
    rng = random.Random(1066)  # the same story every time
    with ExitStack() as stack:
        db = DbSettings(
            engine="sqlite", path=str(_place(stack, folder) / "demo.sqlite")
        )
        stories = DemoJobs(stack.enter_context(Handlers(rng)).ports, rng)
        _seed(db, stories, jobs)
        if trickle:
            stack.enter_context(_trickling(db, stories, rng))
        yield Settings(db=db, processor=ProcessorSettings())


def _place(stack: ExitStack, folder: Path | None) -> Path:
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


def _seed(db: DbSettings, stories: DemoJobs, jobs: int) -> None:
    store = open_store(db, create=True)
    try:
        store.admin.create_schema()
        for job in stories.opening(jobs):
            store.actions.enqueue(job, ACTOR)
    finally:
        store.close()


@contextmanager
def _trickling(db: DbSettings, stories: DemoJobs, rng: random.Random) -> Iterator[None]:
    ended = threading.Event()

    def trickle() -> None:
        while not ended.wait(rng.uniform(*QUIET_SECS)):
            _burst(db, stories, rng.randint(*BURST))

    thread = threading.Thread(target=trickle, name="sq-demo-trickle", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _burst(db: DbSettings, stories: DemoJobs, jobs: int) -> None:
    store: Store | None = None
    try:
        store = open_store(db)
        for job in stories.more(jobs):
            store.actions.enqueue(job, ACTOR)
    except StoreUnavailable:
        return  # a file locked for long: the next burst comes anyway
    finally:
        if store is not None:
            store.close()
