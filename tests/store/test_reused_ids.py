"""Ids come again: after a TRUNCATE, a DELETE and an INSERT with an id, from a restored
dump. What was done to a job is nothing to another of the same id.
"""

from collections.abc import Callable

import pytest

from sq_console.model import ClaimedJob, JobState, LogEvent, ResultCode, Seen
from sq_console.store import Store
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, messages, outcome

INSERT = """
INSERT INTO queued_job (id, http_method, url) VALUES (1, 'post', 'http://new/')"""
SERVERS = pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)


def old_job(store: Store) -> ClaimedJob:
    """Job 1, claimed, and made long ago."""
    enter(store)
    add(store)
    store.session.execute(
        "UPDATE queued_job SET created_at = '2020-01-02 03:04:05.678'"
    )
    (job,) = claim(store)
    return job


def new_job(store: Store) -> ClaimedJob:
    """Another job 1, claimed."""
    store.session.execute("DELETE FROM queued_job")
    store.session.execute(INSERT)
    (job,) = claim(store)
    return job


def test_a_claim_is_the_same_wherever_it_is_read(store: Store):
    job = old_job(store)
    store.actions.kill(Seen(job.id), ACTOR)

    assert store.claims.held_by(ME, await_commits=True) == [job.claim]
    assert store.claims.held_by(ME, await_commits=False) == [job.claim]
    assert [kill.claim for kill in store.processors.control(ME).kills] == [job.claim]
    assert "678" in job.created_at
    assert outcome(job).claim == job.claim


def test_an_outcome_is_not_written_to_another_job_of_its_id(store: Store):
    old = old_job(store)
    new = new_job(store)
    assert old.claim[:2] == new.claim[:2]

    report = store.outcomes.record(ME, [outcome(old, ResultCode.PERMANENT)])

    assert report.lost == (1,)
    assert store.reads.job(1).state is JobState.RUNNING
    assert store.outcomes.record(ME, [outcome(new)]).recorded
    assert store.reads.job(1).state is JobState.SUCCEEDED


def test_neither_when_a_kill_is_asked_for(store: Store):
    old = old_job(store)
    new_job(store)
    store.actions.kill(Seen(1), ACTOR)

    assert store.outcomes.record(ME, [outcome(old)]).lost == (1,)
    assert store.reads.job(1).state is JobState.RUNNING


@SERVERS
def test_after_a_truncate_too(store: Store):
    old = old_job(store)
    store.session.execute("TRUNCATE TABLE queued_job")
    add(store)
    (new,) = claim(store)

    assert (old.id, new.id) == (1, 1)
    assert store.outcomes.record(ME, [outcome(old)]).lost == (1,)
    assert store.outcomes.record(ME, [outcome(new)]).recorded


def test_another_job_of_its_id_is_not_given_back(store: Store):
    old = old_job(store)
    new = new_job(store)

    assert store.claims.release(ME, [old.claim], "stopping") == 0
    assert store.claims.held_by(ME, await_commits=True) == [new.claim]
    assert store.claims.release(ME, [old.claim, new.claim], "stopping") == 1


ACTIONS: list[Callable[[Store, Seen], object]] = [
    lambda store, seen: store.actions.retry(seen, ACTOR),
    lambda store, seen: store.actions.kill(seen, ACTOR),
]


@pytest.mark.parametrize("act", ACTIONS)
def test_an_action_is_refused_when_another_job_has_the_id(
    store: Store, act: Callable[[Store, Seen], object]
):
    add(store)
    store.session.execute(
        "UPDATE queued_job SET created_at = '2020-01-02 03:04:05.678'"
    )
    job = store.reads.job(1)
    seen = Seen(1, job.state, job.attempts, job.created_at)
    store.session.execute("DELETE FROM queued_job")
    store.session.execute(INSERT)
    before = store.reads.job(1)

    result = act(store, seen)

    assert result.message == "refused: another job has this id now"  # type: ignore[attr-defined]
    assert store.reads.job(1) == before


def test_a_job_with_a_null_or_odd_time_is_as_good_as_any(store: Store):
    enter(store)
    add(store)
    if store.session.server.startswith("SQLite"):
        store.session.execute("UPDATE queued_job SET created_at = 'yesterday'")
    else:
        store.session.execute(
            "ALTER TABLE queued_job MODIFY created_at DATETIME(6) NULL"
        )
        store.session.execute("UPDATE queued_job SET created_at = NULL")
    (job,) = claim(store)

    assert store.claims.held_by(ME, await_commits=True) == [job.claim]
    assert store.outcomes.record(ME, [outcome(job)]).recorded


def test_attempts_set_back_by_hand_make_the_outcome_a_lost_one(store: Store):
    job = old_job(store)
    store.session.execute("UPDATE queued_job SET attempts = 0")

    assert store.outcomes.record(ME, [outcome(job)]).lost == (1,)
    assert (
        store.claims.release(ME, store.claims.held_by(ME, await_commits=True), "x") == 1
    )


def test_a_rescue_takes_the_row_as_it_is(store: Store):
    old_job(store)
    store.session.execute("DELETE FROM queued_job")
    store.session.execute(INSERT)
    store.session.execute(
        "UPDATE queued_job SET claimed_by = %s, attempts = 3", (OTHER,)
    )

    (rescued,) = store.rescuer.rescue("web1:7", 30)

    assert (rescued.job_id, rescued.attempt) == (1, 3)
    (row,) = [e for e in store.reads.job_log(1) if e.event == LogEvent.RESCUED]
    assert row.attempt == 3
    assert messages(store, 1)[-1] == row.msg
