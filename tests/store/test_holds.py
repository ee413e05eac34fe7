"""Holds: hosts that nobody calls, who holds them and why, and jobs that are tried all
the same.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sq_console.config import DbSettings
from sq_console.model import HOLD_ALL, JobFilter, JobState, ResultCode, Seen
from sq_console.store import Store, open_store
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, outcome, run_to

HOST = "crm.example.org:8080"
URL = f"http://{HOST}/sync"
_EXPIRE = "UPDATE queued_job_hold SET expires_at = '2001-01-01' WHERE host = %s"


def notes(store: Store) -> list[tuple[str, str | None]]:
    """What the log says about no job: its words and the operator."""
    return [(entry.msg, entry.actor) for entry in store.reads.job_log(0)]


def test_a_hold_says_who_why_since_and_until_when(store: Store):
    add(store, 3, url=URL)
    enter(store)

    effect = store.holds.hold(HOST, ACTOR, "ticket 42", 7_200)

    (hold,) = store.reads.holds()
    assert (hold.host, hold.who, hold.why) == (HOST, ACTOR, "ticket 42")
    assert (effect.due, effect.hold) == (3, hold)
    assert hold.since is not None
    assert hold.expires_at is not None
    lasts = (hold.expires_at - hold.since).total_seconds()
    assert 7_100 < lasts < 7_300
    assert store.processors.control(ME).holds == {HOST}
    assert notes(store) == [
        (f"Host {HOST} held for 7200 s by {ACTOR}: ticket 42", ACTOR)
    ]


@pytest.mark.parametrize(
    "typed", [URL, "HTTP://eve:pw@CRM.example.org:8080/x?y#z", " CRM.EXAMPLE.ORG:8080 "]
)
def test_a_host_is_compared_as_jobs_have_it(store: Store, typed: str):
    enter(store)
    add(store, url=URL)

    effect = store.holds.hold(typed, ACTOR, "why")

    assert effect.is_known
    assert store.processors.control(ME).holds == {HOST}
    assert store.holds.lift(typed.upper(), ACTOR)
    assert store.processors.control(ME).holds == set()
    assert f"Host {HOST} " in notes(store)[0][0]  # which people look for in the log


def test_a_host_beyond_ascii_is_held_as_its_jobs_have_it(store: Store):
    enter(store)
    add(store, url="http://Ü.example/")
    (job,) = store.reads.jobs(JobFilter(JobState.PENDING)).jobs

    store.holds.hold(job.host, ACTOR, "why")

    assert store.processors.control(ME).holds == {job.host}
    assert claim(store, room=dict.fromkeys(store.processors.control(ME).holds, 0)) == []


def test_a_host_that_no_job_has_is_held_and_said_to_be_unknown(store: Store):
    add(store, url=URL)

    effect = store.holds.hold("crm.example.org", ACTOR, "why")

    assert not effect.is_known
    assert effect.similar == (HOST,)
    assert [hold.host for hold in store.reads.holds()] == ["crm.example.org"]


def test_a_second_hold_replaces_the_reason_and_not_the_begin(store: Store):
    store.holds.hold(HOST, "anna@web1", "ticket 42", 60)
    (before,) = store.reads.holds()

    effect = store.holds.hold(HOST, "bob@web2", "ticket 43")

    (now,) = store.reads.holds()
    assert (now.who, now.why, now.expires_at) == ("bob@web2", "ticket 43", None)
    assert now.since == before.since
    assert effect.hold == now


def test_a_hold_after_one_that_has_ended_begins_anew(store: Store):
    store.holds.hold(HOST, "anna@web1", "ticket 42", 60)
    store.session.execute(
        "UPDATE queued_job_hold SET since = '2001-01-01', expires_at = '2001-01-02'"
    )
    assert store.reads.holds() == []

    store.holds.hold(HOST, "bob@web2", "ticket 43")

    (now,) = store.reads.holds()
    assert now.since is not None
    assert now.since.year > 2001


@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_two_operators_at_once_never_see_an_error(
    store: Store, store_settings: DbSettings
):
    stores = [open_store(store_settings) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for host in map(str, range(20)):
            asked = [pool.submit(one.holds.hold, host, ACTOR, "why") for one in stores]
            assert [each.result().host for each in asked] == [host] * 4
    for one in stores:
        one.close()

    assert len(store.reads.holds()) == 20


def test_lifting_what_is_not_held_says_so_and_leaves_no_trace(store: Store):
    store.holds.hold(HOST, ACTOR, "why", 60)
    store.session.execute(_EXPIRE, (HOST,))
    before = notes(store)

    assert not store.holds.lift(HOST, ACTOR)
    assert not store.holds.lift("nobody.example.org", ACTOR)

    assert notes(store) == before


def test_everything_is_held_and_lifted(store: Store):
    enter(store)
    add(store, 2, url=URL)
    add(store, 1)

    effect = store.holds.hold(HOLD_ALL, ACTOR, "deploy")

    assert (effect.due, effect.is_known) == (3, True)
    assert store.processors.control(ME).holds == {HOLD_ALL}
    assert store.holds.lift(HOLD_ALL, ACTOR)
    assert [msg for msg, _ in notes(store)] == [
        f"Everything held by {ACTOR}: deploy",
        f"Hold of everything lifted by {ACTOR}",
    ]


def test_the_effect_counts_due_and_running_jobs_of_the_host_alone(store: Store):
    enter(store)
    add(store, url=URL)
    claim(store)
    add(store, 2, url=URL)
    add(store, url=URL, delay_secs=600)
    add(store, 4)

    effect = store.holds.effect_on(HOST)

    assert (effect.due, effect.running, effect.hold) == (2, 1, None)


def test_a_hold_that_has_ended_is_deleted_once_and_logged(store: Store):
    store.holds.hold(HOST, ACTOR, "why", 60)
    store.holds.hold("other.example.org", ACTOR, "why", 60)
    store.session.execute(_EXPIRE, (HOST,))

    assert [store.holds.end_expired(), store.holds.end_expired()] == [1, 0]

    assert [hold.host for hold in store.reads.holds()] == ["other.example.org"]
    assert notes(store)[-1] == (f"Hold of host {HOST} by {ACTOR} ended by itself", None)


def test_texts_that_no_column_holds_are_cut(store: Store):
    store.holds.hold("h" * 300, "w" * 300, "🐧" * 300)

    (hold,) = store.reads.holds()
    assert (len(hold.host), len(hold.who)) == (255, 255)


class TestTrying:
    @pytest.fixture
    def held(self, store: Store) -> Iterator[int]:
        """A failed job at a held host."""
        enter(store)
        job_id = run_to(store, ResultCode.PERMANENT, url=URL)
        store.holds.hold(HOST, ACTOR, "ticket 42")
        yield job_id

    def claim_held(self, store: Store, **how: object) -> list[int]:
        control = store.processors.control(ME)
        room = dict.fromkeys(control.holds, 0)
        return [job.id for job in claim(store, tries=control.tries, room=room, **how)]

    def test_a_job_is_claimed_once_although_its_host_is_held(
        self, store: Store, held: int
    ):
        others = add(store, 2, url=URL)

        result = store.holds.try_once(Seen(held, JobState.FAILED), ACTOR)

        assert result.message == (
            "pending now, and called once although its host is held"
        )
        assert self.claim_held(store) == [held]
        assert store.processors.control(ME).tries == set()
        assert self.claim_held(store) == []
        assert [job.id for job in claim(store)] == others

    def test_it_is_not_claimed_a_second_time(self, store: Store, held: int):
        store.holds.try_once(Seen(held), ACTOR)
        tries = store.processors.control(ME).tries
        (job,) = claim(store, tries=tries, room={HOST: 0})
        late = outcome(job, ResultCode.TEMPORARY, retry_delay_secs=0)
        store.outcomes.record(ME, [late])

        assert claim(store, tries=tries, room={HOST: 0}) == []

    def test_two_processors_do_not_both_claim_it(self, store: Store, held: int):
        enter(store, OTHER, "web2:8")
        store.holds.try_once(Seen(held), ACTOR)
        tries = store.processors.control(ME).tries

        first = claim(store, tries=tries, room={HOST: 0})
        second = claim(store, processor_id=OTHER, tries=tries, room={HOST: 0})

        assert ([job.id for job in first], second) == ([held], [])

    def test_it_goes_through_a_hold_of_everything(self, store: Store, held: int):
        store.holds.hold(HOLD_ALL, ACTOR, "deploy")
        add(store, 3)

        result = store.holds.try_once(Seen(held), ACTOR)

        assert result.message.endswith("although everything is held")
        assert self.claim_held(store, only_tries=True) == [held]
        assert self.claim_held(store, only_tries=True) == []

    def test_a_job_that_is_not_held_is_made_due_and_no_more(self, store: Store):
        job_id = (enter(store), run_to(store, ResultCode.PERMANENT))[1]

        assert store.holds.try_once(Seen(job_id), ACTOR).message == "pending now"
        assert store.processors.control(ME).tries == set()

    def test_a_job_that_has_changed_is_refused(self, store: Store, held: int):
        result = store.holds.try_once(Seen(held, JobState.PENDING), ACTOR)

        assert not result.done
        assert store.processors.control(ME).tries == set()

    def test_a_copy_of_a_job_that_succeeded_is_tried(self, store: Store, held: int):
        store.holds.lift(HOST, ACTOR)
        done = run_to(store, ResultCode.SUCCEEDED, url=URL)
        store.holds.hold(HOST, ACTOR, "again")

        result = store.holds.try_once(Seen(done), ACTOR)

        assert result.new_id is not None
        assert self.claim_held(store) == [result.new_id]

    def test_what_was_started_since_is_not_tried(self, store: Store, held: int):
        """A processor that did not know of the hold yet has called it."""
        store.holds.try_once(Seen(held), ACTOR)
        store.session.execute("UPDATE queued_job SET last_started_at = '2037-01-01'")

        assert self.claim_held(store) == []

    def test_an_entry_that_nobody_has_called_is_forgotten(
        self, store: Store, held: int
    ):
        store.holds.try_once(Seen(held), ACTOR)
        store.session.execute("UPDATE queued_job_try SET since = '2001-01-01'")

        assert store.processors.control(ME).tries == set()
        store.holds.end_expired()
        assert store.session.rows("SELECT job_id FROM queued_job_try") == []
