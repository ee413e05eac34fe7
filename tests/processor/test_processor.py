"""The processor at work, on every kind of store, against a real handler."""

import time
from collections.abc import Iterator

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, ProcessorState, Seen, Wanted
from sq_console.processor.events import (
    DrainStarted,
    IdChosen,
    JobRescued,
    JobsReleased,
    OutcomeRecorded,
    ProcessorPaused,
    ProcessorResumed,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.processor.status import Goal
from sq_console.store import Store
from sq_console.store.claiming.host_rotation import HOSTS_PER_CLAIM
from tests.handler import HandlerServer
from tests.processor.run_processor import EventRecorder, processing, run_until_empty
from tests.store.jobs import ACTOR, OTHER, add, claim, enter, messages
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(8)


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    with HandlerServer() as server:
        yield server


def test_a_job_is_called_and_logged_in_the_ancestors_words(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    url = handler.url("/ok")
    store.session.execute(
        "INSERT INTO queued_job (http_method, url, body, timeout_secs)"
        " VALUES ('post', %s, 'some post body', 120)",
        (url,),
    )

    recorder = run_until_empty(store_settings)

    assert messages(store, 1) == [
        f"[JOBID 1] Calling job with method post on url {url} (timeout 120)",
        "[JOBID 1] Job succeeded: ok",
    ]
    job = store.reads.job(1)
    assert (job.state, job.last_response, job.attempts) == ("succeeded", "ok", 1)
    assert [request.body for request in handler.requests] == [b"some post body"]
    kinds = [type(event) for event in recorder.events]
    assert kinds[:2] == [IdChosen, ProcessorStarted]
    assert kinds[-1] is ProcessorStopped
    assert store.reads.processors() == []


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(("retries", "calls"), [(5, 6), (1, 2), (0, 1), (-5, 1)])
def test_a_handler_that_always_answers_503_is_called_once_and_for_each_retry(
    store: Store,
    store_settings: DbSettings,
    handler: HandlerServer,
    retries: int,
    calls: int,
):
    url = handler.url("/answer?status=503")
    (job_id,) = add(store, url=url, remaining_retries=retries, retry_delay_secs=0)

    run_until_empty(store_settings)

    assert len(handler.requests) == calls
    job = store.reads.job(job_id)
    assert (job.state, job.remaining_retries) == (JobState.FAILED, min(retries, 0))
    sent = [request.headers["x-sq-attempt"] for request in handler.requests]
    assert sent == [str(number + 1) for number in range(calls)]
    keys = {request.headers["idempotency-key"] for request in handler.requests}
    assert job.created_at is not None
    made = f"{job.created_at:%Y%m%d%H%M%S%f}"[:-3]
    assert keys == {f'"sq-{store.reads.database_uuid()}-{job_id}-{made}"'}


@pytest.mark.mostly_slow(2)
@pytest.mark.parametrize("status", [201, 204, 302, 404, 429, 500])
def test_any_answer_but_200_and_503_is_final(
    store: Store, store_settings: DbSettings, handler: HandlerServer, status: int
):
    (job_id,) = add(store, url=handler.url(f"/answer?status={status}"))

    run_until_empty(store_settings)

    assert len(handler.requests) == 1
    job = store.reads.job(job_id)
    assert (job.state, job.last_error) == (JobState.FAILED, f"http {status}")


def test_a_job_that_cannot_be_called_fails_and_disturbs_nobody(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    bad = [
        add(store, **fields)[0]
        for fields in (
            {"url": "ftp://h/x"},
            {"url": ""},
            {"url": "http://h:99999/"},
            {"url": "http://h/\r\nX: y"},
            {"url": "http://h/\x00"},
            {"http_method": "BREW"},
            {"headers": '{"Host": "evil"}'},
        )
    ]
    (good,) = add(store, url=handler.url("/ok"))

    run_until_empty(store_settings)

    assert store.reads.job(good).state is JobState.SUCCEEDED
    errors = [store.reads.job(job_id).last_error for job_id in bad]
    assert errors == ["bad url"] * 5 + ["bad method", "bad header"]
    assert all(store.reads.job(job_id).state is JobState.FAILED for job_id in bad)


def test_once_calls_each_job_due_at_its_start_at_most_once(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    busy = handler.url("/answer?status=503")
    (again,) = add(store, url=busy, retry_delay_secs=0)
    (good,) = add(store, url=handler.url("/ok"))
    (later,) = add(store, url=handler.url("/ok"), delay_secs=60)

    with processing(store_settings, goal=Goal.ONCE) as thread:
        assert thread.join(20)

    assert len(handler.requests) == 2
    assert store.reads.job(again).state is JobState.PENDING
    assert store.reads.job(again).attempts == 1
    assert store.reads.job(good).state is JobState.SUCCEEDED
    assert store.reads.job(later).attempts == 0


def test_two_processors_call_every_job_exactly_once(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    ids = add(store, 150, url=handler.url("/ok"))

    with (
        processing(store_settings, goal=Goal.UNTIL_EMPTY) as one,
        processing(store_settings, goal=Goal.UNTIL_EMPTY) as two,
    ):
        assert one.join(40)
        assert two.join(40)

    assert dict(handler.calls) == dict.fromkeys(ids, 1)
    assert store.reads.counts().succeeded == 150


def test_a_kill_from_another_connection_aborts_the_call(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/silent"))
    with processing(store_settings) as thread:
        eventually(lambda: handler.calls[job_id])
        asked = time.monotonic()
        store.actions.kill(Seen(job_id, JobState.RUNNING, 1), ACTOR)
        eventually(lambda: store.reads.job(job_id).state is JobState.KILLED, 2)
        assert time.monotonic() - asked < 2
        eventually(lambda: thread.status().in_flight == 0)

    assert messages(store, job_id)[-1] == f"[JOBID {job_id}] Job killed by {ACTOR}"
    assert handler.calls[job_id] == 1


def test_a_slow_job_does_not_hold_up_quick_ones(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (slow,) = add(store, url=handler.url("/held"), priority=-1)
    quick = add(store, 100, url=handler.url("/ok"))
    with processing(store_settings, concurrency=5) as thread:
        eventually(lambda: store.reads.counts().succeeded == len(quick))
        assert store.reads.job(slow).state is JobState.RUNNING
        assert thread.status().in_flight == 1
        handler.answer_held()
        eventually(lambda: store.reads.job(slow).state is JobState.SUCCEEDED)


def test_a_drain_finishes_calls_in_flight_and_releases_the_rest(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    ids = add(store, 30, url=handler.url("/held"))
    recorder = EventRecorder()
    with processing(
        store_settings, concurrency=4, per_host=4, recorder=recorder
    ) as thread:
        eventually(lambda: sum(handler.calls.values()) == 4)
        thread.drain()
        eventually(lambda: recorder.of(DrainStarted))
        assert not thread.join(0.1), "it waits for its calls"
        handler.answer_held()
        assert thread.join(10)

    counts = store.reads.counts()
    assert (counts.succeeded, counts.due, counts.running) == (4, len(ids) - 4, 0)


def test_a_stop_aborts_calls_and_releases_them_uncharged(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/silent"))
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder) as thread:
        eventually(lambda: handler.calls[job_id])
        thread.stop()
        assert thread.join(10)

    job = store.reads.job(job_id)
    assert (job.state, job.remaining_retries) == (JobState.PENDING, 5)
    assert [event.count for event in recorder.of(JobsReleased)] == [1]


def test_an_overlong_drain_releases_what_it_could_not_finish(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    (job_id,) = add(store, url=handler.url("/silent"))
    with processing(store_settings, drain_secs=0) as thread:
        eventually(lambda: handler.calls[job_id])
        thread.drain()
        assert thread.join(10)

    assert store.reads.job(job_id).state is JobState.PENDING


def test_operators_pause_resume_and_drain_it_through_the_table(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder) as thread:
        eventually(lambda: thread.status().state is ProcessorState.RUNNING)
        own = thread.status().processor_id
        store.actions.want(own, Wanted.PAUSE, ACTOR)
        eventually(lambda: recorder.of(ProcessorPaused))
        add(store, url=handler.url("/ok"))
        assert thread.status().why_paused == "paused by an operator"
        store.actions.want(own, Wanted.RUN, ACTOR)
        eventually(lambda: recorder.of(ProcessorResumed))
        eventually(lambda: recorder.of(OutcomeRecorded))
        store.actions.want(None, Wanted.DRAIN, ACTOR)
        assert thread.join(10)


def test_jobs_of_a_dead_processor_are_rescued(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    enter(store, OTHER, "web9:1")
    (job_id,) = add(store, url=handler.url("/ok"))
    assert claim(store, processor_id=OTHER)
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder):
        eventually(lambda: store.reads.job(job_id).state is JobState.SUCCEEDED)

    (event,) = recorder.of(JobRescued)
    assert event.rescued.processor == "web9:1"
    assert store.reads.job(job_id).attempts == 2


def test_it_starts_paused_when_another_is_alive_and_joins_when_resumed(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    enter(store, OTHER, "web9:1")
    (job_id,) = add(store, url=handler.url("/ok"))
    with processing(store_settings, defer_to_others=True) as thread:
        eventually(lambda: thread.status().state is ProcessorState.PAUSED)
        why = thread.status().why_paused
        assert why == "another processor is alive: web9:1"
        assert store.reads.job(job_id).attempts == 0
        thread.resume()
        eventually(lambda: store.reads.job(job_id).state is JobState.SUCCEEDED)


def test_held_jobs_at_the_head_do_not_slow_others_down(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    """With a poll of ten seconds after each claim this would not end."""
    store.session.execute(
        "INSERT INTO queued_job_hold (host, who) VALUES ('held', 'bob')"
    )
    add(store, 3, url="http://held/x")
    add(store, 60, url=handler.url("/ok"))
    with processing(store_settings, poll_ms=10_000):
        eventually(lambda: store.reads.counts().succeeded == 60, 30)


def test_many_held_hosts_do_not_end_a_run_before_its_time(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    for number in range(HOSTS_PER_CLAIM + 10):
        store.session.execute(
            "INSERT INTO queued_job_hold (host, who) VALUES (%s, 'bob')",
            (f"h{number:03}",),
        )
        add(store, url=f"http://h{number:03}/")
    ids = add(store, 3, url=handler.url("/ok"))

    run_until_empty(store_settings)

    assert {store.reads.job(job_id).state for job_id in ids} == {JobState.SUCCEEDED}


def test_held_hosts_are_not_called(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    store.session.execute(
        "INSERT INTO queued_job_hold (host, who) VALUES ('held', 'bob')"
    )
    (held,) = add(store, url="http://held/x")
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder) as thread:
        eventually(lambda: thread.status().state is ProcessorState.RUNNING)
        (good,) = add(store, url=handler.url("/ok"))
        eventually(lambda: store.reads.job(good).state is JobState.SUCCEEDED)

    assert store.reads.job(held).attempts == 0
