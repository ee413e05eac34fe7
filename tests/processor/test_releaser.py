"""After every pause, outage, drain and stop a processor holds no job that it does not
call.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreUnavailable
from sq_console.model import JobState, ProcessorState
from sq_console.processor.events import JobStuck, OutcomeLost, OutcomeStuck, SelfFenced
from sq_console.processor.pipeline import outbox, releaser
from sq_console.store import Store, open_store, stuck_rows
from sq_console.store.claiming.claims import StoreClaims
from sq_console.store.protocols import Params
from tests.handler import HandlerServer
from tests.processor.failing_store import FailingStore
from tests.processor.run_processor import EventRecorder, processing
from tests.store.jobs import add, refuse_updates
from tests.waiting import eventually


@pytest.fixture
def failing(tmp_path: Path, empty_sqlite: Path) -> FailingStore:
    path = shutil.copy(empty_sqlite, tmp_path / "queue.sqlite")
    return FailingStore(DbSettings(engine="sqlite", path=str(path)))


@pytest.fixture
def queue(failing: FailingStore) -> Iterator[Store]:
    """The same database, always there."""
    store = open_store(failing.db)
    yield store
    store.close()


@pytest.mark.slow
def test_a_paused_processor_releases_the_jobs_it_aborted(
    failing: FailingStore, queue: Store, handler: HandlerServer
):
    (job_id,) = add(queue, url=handler.url("/silent"))
    recorder = EventRecorder()
    with processing(failing.db, open_store=failing.open, recorder=recorder) as thread:
        eventually(lambda: handler.calls[job_id])
        thread.pause("tea")
        eventually(lambda: thread.status().state is ProcessorState.PAUSED)
        failing.away.set()
        eventually(lambda: recorder.of(SelfFenced))
        failing.away.clear()
        eventually(lambda: queue.reads.job(job_id).state is JobState.PENDING)
        assert thread.status().state is ProcessorState.PAUSED
    assert queue.reads.job(job_id).remaining_retries == 5


@pytest.mark.slow
def test_jobs_claimed_after_a_new_registration_are_called_under_its_id(
    failing: FailingStore, queue: Store, handler: HandlerServer
):
    """Also when somebody types all the time."""
    recorder = EventRecorder()
    typing = threading.Event()

    with processing(failing.db, recorder=recorder, concurrency=2, per_host=2) as thread:

        def type_on() -> None:
            while not typing.wait(0.02):
                thread.key_pressed()

        typist = threading.Thread(target=type_on)
        typist.start()
        for done in range(2, 14, 2):
            add(queue, 2, url=handler.url("/slow?secs=0.2"))
            eventually(lambda: thread.status().in_flight)
            own = thread.status().processor_id
            _declare_dead(queue, own)
            eventually(lambda own=own: thread.status().processor_id != own)
            eventually(lambda done=done: queue.reads.counts().succeeded == done)
        typing.set()
        typist.join()
    assert not recorder.of(OutcomeLost)


def _declare_dead(store: Store, processor_id: int) -> None:
    """As a rescuer does."""
    free = "UPDATE queued_job SET claimed_by = NULL WHERE claimed_by = %s"
    store.session.execute(free, (processor_id,))
    gone = "DELETE FROM queued_job_processor WHERE id = %s"
    store.session.execute(gone, (processor_id,))


def test_a_claim_whose_answer_was_lost_before_a_drain_is_released(
    failing: FailingStore,
    queue: Store,
    handler: HandlerServer,
    monkeypatch: pytest.MonkeyPatch,
):
    (job_id,) = add(queue, url=handler.url("/ok"))
    claim = StoreClaims.claim
    with processing(failing.db, open_store=failing.open) as thread:

        def lose(claims: StoreClaims, *what: object) -> object:
            found = claim(claims, *what)  # type: ignore[arg-type]
            if found:
                thread.drain()
                raise StoreUnavailable("the answer was lost")
            return found

        monkeypatch.setattr(StoreClaims, "claim", lose)
        assert thread.join(10)
    job = queue.reads.job(job_id)
    assert (job.state, job.attempts) == (JobState.PENDING, 1)
    assert not handler.calls[job_id]


def test_a_release_that_fails_at_the_end_is_retried(
    failing: FailingStore, queue: Store, handler: HandlerServer
):
    (job_id,) = add(queue, url=handler.url("/silent"))
    hiccups = iter([1, 2, 3])
    with processing(failing.db, open_store=failing.open, drain_secs=0) as thread:
        eventually(lambda: handler.calls[job_id])

        def hiccup(sql: str, params: Params) -> None:
            if "remaining_retries +" in sql and next(hiccups, None):
                raise StoreUnavailable("a hiccup")

        failing.hook = hiccup
        thread.drain()
        assert thread.join(15)
    assert next(hiccups, None) is None
    assert queue.reads.job(job_id).state is JobState.PENDING


@pytest.mark.slow
def test_a_database_that_hangs_does_not_hold_up_a_stop(
    failing: FailingStore, queue: Store, handler: HandlerServer
):
    (job_id,) = add(queue, url=handler.url("/silent"))
    with processing(failing.db, open_store=failing.open) as thread:
        eventually(lambda: handler.calls[job_id])
        failing.answering.clear()
        time.sleep(0.2)  # let it run into it
        thread.stop()
        assert thread.join(12), "statements hang for a minute"
        failing.answering.set()


def test_a_stop_wakes_the_loop(
    failing: FailingStore, queue: Store, handler: HandlerServer
):
    (job_id,) = add(queue, url=handler.url("/silent"))
    with processing(failing.db, poll_ms=50_000, concurrency=1, per_host=1) as thread:
        eventually(lambda: handler.calls[job_id])
        thread.stop()
        assert thread.join(15)
    assert queue.reads.job(job_id).state is JobState.PENDING


def test_an_outcome_that_is_refused_holds_up_no_other_and_is_retried(
    failing: FailingStore,
    queue: Store,
    handler: HandlerServer,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(outbox, "REFUSED_RETRY_SECS", 0.1)
    ids = add(queue, 20, url=handler.url("/ok"))
    refuse_updates(queue, ids[3])
    recorder = EventRecorder()
    with processing(failing.db, recorder=recorder) as thread:
        eventually(lambda: queue.reads.counts().succeeded == len(ids) - 1)
        eventually(lambda: recorder.of(OutcomeStuck))
        assert thread.status().unrecorded == 1
        queue.session.execute("DROP TRIGGER stubborn")
        eventually(lambda: queue.reads.job(ids[3]).state is JobState.SUCCEEDED)
        assert thread.status().trouble is None
    assert handler.calls[ids[3]] == 1


@pytest.mark.slow
def test_a_job_that_cannot_be_released_is_released_later(
    failing: FailingStore,
    queue: Store,
    handler: HandlerServer,
    monkeypatch: pytest.MonkeyPatch,
):
    """And nothing else waits for it."""
    monkeypatch.setattr(releaser, "RECHECK_SECS", 0.1)
    monkeypatch.setattr(stuck_rows, "SKIP_SECS", 0.0)
    (job_id,) = add(queue, url=handler.url("/silent"))
    recorder = EventRecorder()
    with processing(failing.db, open_store=failing.open, recorder=recorder) as thread:
        eventually(lambda: handler.calls[job_id])
        refuse_updates(queue, job_id)
        failing.away.set()
        eventually(lambda: recorder.of(SelfFenced))
        thread.pause("tea")
        failing.away.clear()
        eventually(lambda: recorder.of(JobStuck))
        (other,) = add(queue, url=handler.url("/ok"))
        thread.resume()
        eventually(lambda: queue.reads.job(other).state is JobState.SUCCEEDED)
        thread.pause("tea")
        assert queue.reads.job(job_id).state is JobState.RUNNING
        queue.session.execute("DROP TRIGGER stubborn")
        eventually(lambda: queue.reads.job(job_id).state is JobState.PENDING)
    assert handler.calls[job_id] == 1
