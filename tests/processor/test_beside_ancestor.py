"""The ancestor still at work on the same database: a processor keeps off, or works
beside it, and no job is called by both.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sq_console.config import DbSettings
from sq_console.errors import ProcessingRefused
from sq_console.model import JobState
from sq_console.processor.events import ProcessorPaused, ProcessorResumed, SelfFenced
from sq_console.processor.gate.database_gate import ANCESTOR_AT_WORK
from sq_console.processor.status import Goal, Times
from sq_console.store import Store
from sq_console.store.schema import mysql_schema
from tests.ancestor import Ancestor
from tests.handler import HandlerServer
from tests.processor.run_processor import EventRecorder, processing
from tests.servers import Server
from tests.store.jobs import add, messages
from tests.waiting import eventually

PATIENT = Times(control=0.05)
"""On a busy machine no processor takes itself for dead."""
_LOCKED_BY = "SELECT IS_USED_LOCK(CONCAT('lock_job_', %s)) AS owner"
_DUE_WITHIN_THAT_SECOND = """
UPDATE queued_job SET run_at = DATE_ADD(last_finished_at, INTERVAL 400000 MICROSECOND)
 WHERE id = %s"""
_AGE_LOG = """
UPDATE queued_job_log SET created_at = DATE_SUB(NOW(), INTERVAL 121 SECOND)"""


@pytest.fixture(params=["mariadb", "mysql"])
def store_settings(request: pytest.FixtureRequest) -> Iterator[DbSettings]:
    """The ancestor knows servers only."""
    server: Server = request.getfixturevalue(request.param)
    settings = server.create_database()
    server.command(mysql_schema(), settings.db)
    yield settings
    server.drop_database(settings.db)


@contextmanager
def running(ancestor: Ancestor, ids: list[int]) -> Iterator[None]:
    """The ancestor at work on *ids* meanwhile."""
    thread = threading.Thread(target=ancestor.process, args=(ids,))
    thread.start()
    try:
        yield
    finally:
        thread.join(60)


def owner(store: Store, job_id: int) -> object:
    return store.session.rows(_LOCKED_BY, (job_id,))[0]["owner"]


def is_done(store: Store, job_id: int) -> Callable[[], bool]:
    return lambda: store.reads.job(job_id).state is JobState.SUCCEEDED


def test_no_job_is_called_by_both(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    ids = add(store, 40, url=handler.url("/slow?secs=0.05"))
    ancestor = Ancestor(store_settings)
    recorder = EventRecorder()
    beside: dict[str, Any] = {
        "beside_ancestor": True,
        "concurrency": 3,
        "times": PATIENT,
        "recorder": recorder,
    }
    with running(ancestor, ancestor.pending()):
        eventually(lambda: len(ancestor.called) > 5)
        with (
            processing(store_settings, **beside) as first,
            processing(store_settings, **beside) as second,
        ):
            while store.reads.counts().succeeded < len(ids):
                ancestor.run()
            ours = first.status().called + second.status().called

    twice = [job_id for job_id in ids if handler.calls[job_id] != 1]
    assert [(it, messages(store, it)) for it in twice] == []
    assert recorder.of(SelfFenced) == []
    assert len(ancestor.called) + ours == len(ids)
    assert ours, "ours had no chance"


def test_what_runs_here_is_left_by_the_ancestor(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/held"))
    ancestor = Ancestor(store_settings, lock_secs=1)
    with processing(store_settings, beside_ancestor=True, times=PATIENT):
        eventually(lambda: handler.calls[job_id])
        assert ancestor.pending() == [job_id]
        ancestor.run()
        handler.answer_held()
        eventually(is_done(store, job_id))
        eventually(lambda: owner(store, job_id) is None)

    assert ancestor.called == []
    assert handler.calls[job_id] == 1
    said = [entry.msg for entry in store.reads.job_log(job_id)]
    assert f"[JOBID {job_id}] Could not acquire lock on job" in said


def test_what_the_ancestor_calls_is_left_here(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/held"))
    ancestor = Ancestor(store_settings)
    with running(ancestor, [job_id]):
        eventually(lambda: handler.calls[job_id])
        with processing(store_settings, beside_ancestor=True, times=PATIENT):
            (other,) = add(store, url=handler.url("/ok"))
            eventually(is_done(store, other))
            assert store.reads.job(job_id).attempts == 0
            handler.answer_held()
            eventually(is_done(store, job_id))
            (last,) = add(store, url=handler.url("/ok"))
            eventually(is_done(store, last))

    assert handler.calls[job_id] == 1


def test_a_job_that_failed_there_waits_for_its_delay_here(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/status/503"), retry_delay_secs=600)
    ancestor = Ancestor(store_settings)
    ancestor.run()
    store.session.execute(_DUE_WITHIN_THAT_SECOND, (job_id,))

    def waits_for_its_delay() -> bool:
        job = store.reads.job(job_id)
        assert job.last_finished_at is not None
        assert job.run_at is not None
        return (job.run_at - job.last_finished_at).total_seconds() == 600

    with processing(store_settings, beside_ancestor=True, times=PATIENT):
        eventually(waits_for_its_delay)

    job = store.reads.job(job_id)
    assert ancestor.called == [job_id]
    assert (job.attempts, job.remaining_retries) == (0, 4)


def test_locks_that_were_lost_with_their_connection_are_taken_again(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/held"))
    with processing(store_settings, beside_ancestor=True, times=PATIENT):
        eventually(lambda: handler.calls[job_id])
        before = owner(store, job_id)
        store.session.execute(f"KILL {before}")
        eventually(lambda: owner(store, job_id) not in (None, before))
        handler.answer_held()
        eventually(is_done(store, job_id))

    assert handler.calls[job_id] == 1, messages(store, job_id)


def test_a_processor_waits_while_the_ancestor_works_and_goes_on_by_itself(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (first,) = add(store, url=handler.url("/ok"))
    Ancestor(store_settings).process([first])
    (job_id,) = add(store, url=handler.url("/ok"))
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder) as thread:
        eventually(lambda: recorder.of(ProcessorPaused))
        assert thread.status().why_paused == ANCESTOR_AT_WORK
        assert store.reads.job(job_id).attempts == 0
        store.session.execute(_AGE_LOG)
        eventually(lambda: recorder.of(ProcessorResumed))
        eventually(is_done(store, job_id))
    assert len(recorder.of(ProcessorPaused)) == 1


def test_one_that_is_started_meanwhile_stops_a_processor(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    recorder = EventRecorder()
    held = add(store, 20, url=handler.url("/held"))
    with processing(store_settings, recorder=recorder, concurrency=2):
        eventually(lambda: handler.requests)
        Ancestor(store_settings).process([max(held) + 1])  # it finds no such job
        eventually(lambda: recorder.of(ProcessorPaused))
        handler.answer_held()
        eventually(lambda: not store.reads.counts().running)

    assert store.reads.counts().due >= 20 - 4  # not even what was claimed is called


def test_a_long_call_of_the_ancestor_counts_though_its_row_is_old(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/held"))
    with running(Ancestor(store_settings), [job_id]):
        eventually(lambda: handler.calls[job_id])
        store.session.execute(_AGE_LOG)
        assert store.ancestor.is_at_work()
        handler.answer_held()
        eventually(is_done(store, job_id))
        store.session.execute(_AGE_LOG)
        eventually(lambda: not store.ancestor.is_at_work())


def test_what_has_something_to_do_now_ends_with_the_reason(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/ok"))
    Ancestor(store_settings).process([job_id])
    with processing(store_settings, goal=Goal.ONCE) as thread:
        assert thread.join(20)
        error, thread.error = thread.error, None

    assert isinstance(error, ProcessingRefused)
    assert str(error) == ANCESTOR_AT_WORK


def test_a_row_written_by_hand_and_a_strings_queue_elsewhere_are_not_it(
    store: Store, store_settings: DbSettings
):
    (job_id,) = add(store)
    store.session.execute(
        "INSERT INTO queued_job_log (job_id, msg) VALUES (%s, 'checked with Bob')",
        (job_id,),
    )
    other = Ancestor(store_settings)._connect()
    with other, other.cursor() as cursor:
        cursor.execute(f"SELECT GET_LOCK('lock_job_{job_id}', 0)")
        assert not store.ancestor.is_at_work()
