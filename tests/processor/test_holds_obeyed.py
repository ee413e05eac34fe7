"""A running processor obeys holds within two seconds, and calls the jobs that are tried
all the same.
"""

from collections.abc import Callable

import pytest

from sq_console.config import DbSettings
from sq_console.model import HOLD_ALL, JobState, Seen, Wanted
from sq_console.processor.status import Goal, Times
from sq_console.store import Store, rows
from tests.handler import HandlerServer
from tests.processor.run_processor import processing, run_until_empty
from tests.store.jobs import ACTOR, add
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(1)

OBEYED_SECS = 2.0
IS_DONE = JobState.SUCCEEDED


def host_of(handler: HandlerServer) -> str:
    return handler.url("/ok").split("/")[2]


def done(store: Store, job_id: int) -> Callable[[], bool]:
    return lambda: store.reads.job(job_id).state is IS_DONE


@pytest.mark.parametrize("everything", [False, True])
def test_a_hold_and_its_end_are_obeyed_within_two_seconds(
    store: Store, store_settings: DbSettings, handler: HandlerServer, everything: bool
):
    held = HOLD_ALL if everything else host_of(handler)
    kept: list[int] = []

    def is_obeyed() -> bool:
        """A job that is tried is called, and the one before it is not."""
        job_id, tried = add(store, 2, url=handler.url("/ok"))
        store.holds.try_once(Seen(tried), ACTOR)
        eventually(done(store, tried))
        kept.append(job_id)
        return store.reads.job(job_id).attempts == 0

    (first,) = add(store, url=handler.url("/ok"))
    with processing(store_settings, times=Times()):
        eventually(done(store, first))
        store.holds.hold(held, ACTOR, "ticket 42")
        eventually(is_obeyed, OBEYED_SECS)
        store.holds.lift(held, ACTOR)
        eventually(done(store, kept[-1]), OBEYED_SECS)


@pytest.mark.parametrize("everything", [False, True])
def test_one_job_is_tried_through_a_hold(
    store: Store, store_settings: DbSettings, handler: HandlerServer, everything: bool
):
    store.holds.hold(HOLD_ALL if everything else host_of(handler), ACTOR, "why")
    first, tried, last = add(store, 3, url=handler.url("/ok"))
    with processing(store_settings):
        store.holds.try_once(Seen(tried), ACTOR)
        eventually(done(store, tried))

    assert handler.calls == {tried: 1}
    states = [store.reads.job(job_id).state for job_id in (first, last)]
    assert states == [JobState.PENDING] * 2
    assert store.session.rows("SELECT job_id FROM queued_job_try") == []


def test_a_job_that_fails_when_tried_waits_for_the_hold_again(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    store.holds.hold(host_of(handler), ACTOR, "why")
    url = handler.url("/status/503")
    (tried,) = add(store, url=url, retry_delay_secs=0)
    (other,) = add(store, url="http://127.0.0.1:1/")
    with processing(store_settings):
        store.holds.try_once(Seen(tried), ACTOR)
        eventually(lambda: store.reads.job(tried).last_status_code == 503)
        eventually(lambda: store.reads.job(other).attempts)

    assert store.reads.job(tried).attempts == 1
    assert handler.calls[tried] == 1


def test_a_paused_processor_tries_nothing(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    store.holds.hold(host_of(handler), ACTOR, "why")
    (tried,) = add(store, url=handler.url("/ok"))
    with processing(store_settings) as thread:
        eventually(lambda: thread.status().state == "running")
        own = thread.status().processor_id
        store.actions.want(own, Wanted.PAUSE, ACTOR)
        eventually(lambda: thread.status().state == "paused")
        store.holds.try_once(Seen(tried), ACTOR)
        store.actions.want(own, Wanted.RUN, ACTOR)
        assert store.reads.job(tried).attempts == 0
        eventually(done(store, tried))


@pytest.mark.parametrize("goal", [Goal.ONCE, Goal.UNTIL_EMPTY])
def test_a_run_with_a_goal_ends_while_everything_is_held(
    store: Store, store_settings: DbSettings, handler: HandlerServer, goal: Goal
):
    """Also where a job is to be tried that nobody can call."""
    held, tried, killed = add(store, 3, url=handler.url("/ok"))
    store.holds.hold(HOLD_ALL, ACTOR, "deploy")
    for job_id in (tried, killed):
        store.holds.try_once(Seen(job_id), ACTOR)
    store.actions.kill(Seen(killed), ACTOR)

    with processing(store_settings, goal=goal) as thread:
        assert thread.join(20), "it did not come to an end"

    assert handler.calls == {tried: 1}
    assert store.reads.job(held).state is JobState.PENDING


def test_the_calls_of_a_host_are_summed(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    add(store, 3, url=handler.url("/ok"))
    add(store, 2, url=handler.url("/status/500"))
    run_until_empty(store_settings)

    (row,) = store.session.rows(
        "SELECT host, SUM(succeeded) AS s, SUM(failed) AS f FROM queued_job_host_stats"
        " GROUP BY host"
    )
    assert (int(rows.as_text(row["s"])), int(rows.as_text(row["f"]))) == (3, 2)
