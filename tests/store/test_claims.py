"""Claiming and releasing, on every kind of store."""

from datetime import timedelta

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, NewJob, ResultCode, Seen
from sq_console.store import Store, open_store
from sq_console.store.claiming.body_reader import PIECE_CHARS
from sq_console.store.claiming.claims import RELEASE_BATCH
from sq_console.store.claiming.host_rotation import HOSTS_PER_CLAIM
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, outcome


def test_a_claim_takes_due_jobs_oldest_first_and_counts_the_attempt(store: Store):
    enter(store)
    ids = add(store, 3, body="é😀".encode(), headers='{"A": "b"}', timeout_secs=7)

    taken = claim(store, 2)

    assert [job.id for job in taken] == ids[:2]
    assert taken[0].attempt == 1
    assert taken[0].body == "é😀".encode()
    assert taken[0].headers == '{"A": "b"}'
    assert taken[0].timeout_secs == 7
    assert taken[0].host == "api.example.com"
    job = store.reads.job(ids[0])
    assert (job.state, job.claimed_by, job.max_retries) == (JobState.RUNNING, ME, 5)
    assert job.processor == "web1:7"
    assert job.last_started_at is not None


def test_no_job_is_claimed_twice(store: Store):
    enter(store)
    enter(store, OTHER)
    add(store, 10)

    first, second = claim(store, 6), claim(store, 6, OTHER)

    assert len(first) == 6
    assert len(second) == 4
    assert not {job.id for job in first} & {job.id for job in second}


def test_smaller_priorities_go_first_and_scheduled_jobs_wait(store: Store):
    enter(store)
    (low,) = add(store, priority=5)
    (high,) = add(store, priority=-5)
    add(store, delay_secs=3600, priority=-9)
    (middle,) = add(store)

    assert [job.id for job in claim(store)] == [high, middle, low]


def test_a_job_inserted_with_an_older_run_at_is_found_after_newer_ones(store: Store):
    enter(store)
    add(store)
    claim(store)
    hour_ago = store.reads.now() - timedelta(hours=1)
    (old,) = add(store, run_at=hour_ago)
    found = claim(store) or claim(store)

    assert [job.id for job in found] == [old]


def test_a_processor_that_is_not_in_the_table_claims_nothing(store: Store):
    (job_id,) = add(store)

    assert claim(store) == []
    assert store.reads.job(job_id).state is JobState.PENDING
    assert store.reads.job(job_id).attempts == 0


def test_a_claim_may_be_bounded_by_a_moment(store: Store):
    enter(store)
    (early,) = add(store)
    now = store.reads.now()
    add(store, run_at=now + timedelta(milliseconds=500))

    assert [job.id for job in claim(store, due_by=now)] == [early]


def test_hosts_that_are_full_are_stepped_over(store: Store):
    enter(store)
    add(store, 3, url="http://full.example.com/a")
    (other,) = add(store, url="https://User:pw@Open.example.com:8080/b?c#d")

    taken = claim(store, room={"full.example.com": 0})

    assert [job.id for job in taken] == [other]
    assert taken[0].host == "open.example.com:8080"
    assert claim(store, room={"full.example.com": 0}) == []


def test_no_more_jobs_of_a_host_are_taken_than_there_is_room_for(store: Store):
    enter(store)
    add(store, 5, url="http://one.example.com/")
    add(store, 1, url="http://two.example.com/")

    taken = claim(store, room={"one.example.com": 2}, default_room=4)

    hosts = [job.host for job in taken]
    assert hosts.count("one.example.com") == 2
    assert hosts.count("two.example.com") == 1


def test_behind_held_jobs_others_of_their_priority_go_before_lower_ones(store: Store):
    enter(store)
    room = {"held.example.com": 0}
    for _ in range(3):
        add(store, 30, url="http://held.example.com/", priority=0)
        good = add(store, 5, url="http://good.example.com/", priority=0)
        add(store, 40, url="http://low.example.com/", priority=1)

        taken = claim(store, 10, room=room)

        assert [job.id for job in taken[:5]] == good
        assert [job.host for job in taken[5:]] == 5 * ["low.example.com"]


def test_others_of_their_priority_go_first_also_behind_a_few_held_jobs(store: Store):
    enter(store)
    room = {"held.example.com": 0}
    add(store, 5, url="http://held.example.com/", priority=0)
    good = add(store, 40, url="http://good.example.com/", priority=0)
    add(store, 40, url="http://low.example.com/", priority=1)

    taken = [claim(store, 10, room=room) for _ in range(4)]

    assert [job.id for jobs in taken for job in jobs] == good[: sum(map(len, taken))]
    assert all(taken)


def test_jobs_without_a_host_are_found_behind_held_ones(store: Store):
    enter(store)
    add(store, 60, url="http://held.example.com/")
    ids = add(store, 3, url="no url at all")

    taken = claim(store, 10, room={"held.example.com": 0})

    assert [job.id for job in taken] == ids


def test_more_hosts_that_are_not_called_than_a_claim_looks_at(store: Store):
    enter(store)
    names = [f"h{number:03}.example.com" for number in range(HOSTS_PER_CLAIM + 5)]
    for name in names:
        add(store, url=f"http://{name}/")
    (good,) = add(store, url="http://z.example.com/")
    room = dict.fromkeys(names, 0)

    assert claim(store, 10, room=room) == []
    assert not store.claims.scanned_all_hosts
    assert [job.id for job in claim(store, 10, room=room)] == [good]


@pytest.mark.slow
def test_a_great_many_can_be_given_back_at_once(store: Store):
    enter(store)
    store.actions.enqueue(NewJob("post", "http://h/"), ACTOR, 2 * RELEASE_BATCH + 1)
    held = [job.claim for job in claim(store, 3 * RELEASE_BATCH)]

    assert store.claims.release(ME, held, "stopping") == 2 * RELEASE_BATCH + 1
    assert store.claims.held_by(ME, await_commits=True) == []


def test_every_host_gets_its_turn_when_one_is_skipped(store: Store):
    enter(store)
    for name in "abcd":
        add(store, 3, url=f"http://{name}.example.com/")
    room = {"b.example.com": 0}

    served = [claim(store, 1, room=room)[0].host for _ in range(9)]

    assert {host: served.count(host) for host in served} == {
        "a.example.com": 3,
        "c.example.com": 3,
        "d.example.com": 3,
    }


def test_hosts_that_wait_for_later_do_not_hide_what_is_due(store: Store):
    """Thousands of webhooks are to be retried tomorrow, and one host is held."""
    enter(store)
    for number in range(2 * HOSTS_PER_CLAIM):
        add(store, url=f"http://w{number}.example.com/", delay_secs=86_000)
    (late,) = add(store, url="http://a.example.com/")
    add(store, 2, url="http://held.example.com/")
    (urgent,) = add(store, url="http://z.example.com/", priority=-1)

    taken = claim(store, room={"held.example.com": 0})

    assert [job.id for job in taken] == [urgent, late]


def test_a_retry_is_charged_when_it_is_claimed(store: Store):
    enter(store)
    (job_id,) = add(store, remaining_retries=2, retry_delay_secs=0)

    standing = []
    for _ in range(3):
        (job,) = claim(store)
        standing.append((job.attempt, store.reads.job(job_id).remaining_retries))
        store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    assert standing == [(1, 2), (2, 1), (3, 0)]
    assert store.reads.job(job_id).state is JobState.FAILED
    assert claim(store) == []


def test_a_requeue_by_hand_works_as_it_always_did(store: Store):
    enter(store)
    (job_id,) = add(store)
    (job,) = claim(store)
    store.outcomes.record(ME, [outcome(job, ResultCode.PERMANENT)])

    store.session.execute(
        "UPDATE queued_job SET result_code = NULL, remaining_retries = 5 WHERE id = %s",
        (job_id,),
    )

    assert [job.id for job in claim(store) or claim(store)] == [job_id]


def test_a_release_gives_the_retry_back_and_leaves_the_due_time(store: Store):
    enter(store)
    (job_id,) = add(store, retry_delay_secs=0)
    (job,) = claim(store)
    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])
    due = store.reads.job(job_id).run_at
    (job,) = claim(store)

    assert store.claims.release(ME, [job.claim], "stopping") == 1

    after = store.reads.job(job_id)
    assert after.state is JobState.PENDING
    assert (after.remaining_retries, after.attempts, after.run_at) == (5, 2, due)


def test_a_release_of_what_is_no_longer_ours_changes_nothing(store: Store):
    enter(store)
    enter(store, OTHER)
    add(store)
    (job,) = claim(store)

    assert store.claims.release(OTHER, [job.claim], "x") == 0
    assert store.claims.release(ME, [job.claim._replace(attempt=2)], "x") == 0
    assert store.reads.job(job.id).claimed_by == ME


def test_a_release_of_a_job_whose_kill_was_asked_for_ends_it(store: Store):
    enter(store)
    add(store)
    (job,) = claim(store)
    store.actions.kill(Seen(job.id), ACTOR)

    store.claims.release(ME, [job.claim], "stopping")

    assert store.reads.job(job.id).state is JobState.KILLED


def test_what_is_ours_can_be_read_after_a_lost_answer(store: Store):
    enter(store)
    ids = add(store, 2)
    claim(store)

    mine = sorted(store.claims.held_by(ME, await_commits=True))
    assert [(claim.job_id, claim.attempt) for claim in mine] == [(i, 1) for i in ids]
    assert store.claims.held_by(OTHER, await_commits=True) == []


@pytest.mark.parametrize("size", [8_191, 8_192, 65_536, 65_537, 2 * PIECE_CHARS])
@pytest.mark.parametrize("character", ["x", "\U0001f389"])
def test_long_bodies_come_whole(store: Store, size: int, character: str):
    body = (character * (size - 1) + "é").encode()
    enter(store)
    add(store, body=b"short")
    (long,) = add(store, body=body)
    add(store, body=None)

    found = {job.id: job.body for job in claim(store)}

    assert found == {long - 1: b"short", long: body, long + 1: None}


def test_whether_anything_is_due_does_not_count_what_is_scheduled(store: Store):
    assert not store.claims.anything_due()
    add(store, delay_secs=60)
    assert not store.claims.anything_due()
    add(store)
    assert store.claims.anything_due()


def test_two_connections_claim_every_job_exactly_once(
    store: Store, store_settings: DbSettings
):
    enter(store)
    enter(store, OTHER)
    ids = add(store, 60)
    second = open_store(store_settings)
    taken: list[int] = []
    while batch := [*claim(store, 7), *claim(second, 7, OTHER)]:
        taken += [job.id for job in batch]
    second.close()

    assert sorted(taken) == ids
