"""What operators did is entered with what they did, and read without a scan."""

from datetime import timedelta

import pytest

from sq_console.errors import StoreRefused
from sq_console.model import (
    Activity,
    BulkState,
    JobFilter,
    JobState,
    ResultCode,
    Seen,
    Wanted,
)
from sq_console.store import Store
from sq_console.store.actions.activity import note_activity
from tests.store.bulk import begin, failed, request, shown
from tests.store.every_query import DRAFT
from tests.store.jobs import ACTOR, add, claim, enter, messages, run_to
from tests.store.test_rescuer import DEAD_SECS, grow_old

HOST = "api.example.com"


def trail(store: Store) -> list[tuple[str, int, int | None, str]]:
    """What was done, oldest first."""
    found = reversed(store.activity.newest(100))
    return [(one.action, one.jobs, one.job_id, one.subject) for one in found]


def test_each_action_of_an_operator_is_a_row(store: Store):
    enter(store)
    failed = run_to(store, ResultCode.PERMANENT)
    store.actions.retry(Seen(failed), ACTOR)
    store.actions.kill(Seen(failed), ACTOR)
    ids = add(store, 3)
    store.actions.edit(Seen(ids[0]), DRAFT, ACTOR)
    store.actions.want(None, Wanted.DRAIN, ACTOR)

    assert trail(store) == [
        ("enqueue", 1, failed, HOST),
        ("retry", 1, failed, HOST),
        ("kill", 1, failed, HOST),
        ("enqueue", 3, None, HOST),
        ("edit", 1, ids[0], HOST),
        ("drain", 0, None, "web1:7"),
    ]
    (newest,) = store.activity.newest(1)
    assert newest.who == ACTOR
    assert newest.created_at is not None
    assert abs(newest.created_at - store.reads.now()) < timedelta(minutes=1)


def test_what_an_action_made_is_noted(store: Store):
    enter(store)
    done = run_to(store, ResultCode.SUCCEEDED)

    new_id = store.actions.retry(Seen(done), ACTOR).new_id

    assert store.activity.newest(1)[0].note == f"made job {new_id}"


def test_what_was_refused_is_no_activity_nor_is_a_second_kill(store: Store):
    enter(store)
    (job_id,) = add(store)
    claim(store)
    store.actions.retry(Seen(job_id), ACTOR)
    store.actions.kill(Seen(job_id, JobState.PENDING), ACTOR)
    store.actions.kill(Seen(job_id), ACTOR)
    store.actions.kill(Seen(job_id), "bob@ops")
    grow_old(store)
    store.rescuer.rescue("web2:8", DEAD_SECS)

    assert [(one.who, one.action) for one in store.activity.newest(9)] == [
        (ACTOR, "kill"),
        (ACTOR, "enqueue"),
    ]


def test_an_operator_kills_although_the_activity_cannot_be_written(store: Store):
    """The log beside it says who did it, and the operator hears of it."""
    enter(store)
    (job_id,) = add(store)
    store.session.execute("DROP TABLE queued_job_activity")

    result = store.actions.kill(Seen(job_id), ACTOR)

    assert result.done
    assert result.message.startswith("killed, but the activity has no row of it: ")
    assert "queued_job_activity" in result.message
    assert store.reads.job(job_id).state is JobState.KILLED
    assert messages(store, job_id)[-1] == f"[JOBID {job_id}] Job killed by {ACTOR}"
    assert store.actions.want(None, Wanted.PAUSE, ACTOR) == ["web1:7"]


def test_a_hold_and_a_stop_stand_although_the_activity_cannot_be_written(store: Store):
    enter(store)
    failed(store, 1)
    bulk_id = begin(store, request())
    store.session.execute("DROP TABLE queued_job_activity")

    effect = store.holds.hold("crm.example", ACTOR, "ticket 42")
    stopped = store.bulk.stop(bulk_id, ACTOR)

    assert "queued_job_activity" in effect.missing
    assert [hold.host for hold in store.reads.holds()] == ["crm.example"]
    assert "queued_job_activity" in stopped.message
    assert shown(store, bulk_id).state is BulkState.STOPPED
    assert store.bulk.pull_back(bulk_id, ACTOR).done
    assert store.holds.lift("crm.example", ACTOR)


def test_an_enqueue_that_cannot_be_entered_inserts_nothing(store: Store):
    (first,) = add(store)
    store.session.execute("DROP TABLE queued_job_activity")

    with pytest.raises(StoreRefused):
        add(store, 2)

    assert [job.id for job in store.reads.jobs(JobFilter()).jobs] == [first]


def test_texts_of_any_length_and_kind_are_entered(store: Store):
    hostile = "ü😀\x00\x1b[31m" * 99

    note_activity(
        store.session, hostile, "x" * 99, jobs=-1, subject=hostile, note=hostile
    )

    (one,) = store.activity.newest(1)
    assert (one.jobs, len(one.action)) == (0, 20)
    assert one.who.startswith("ü😀")
    assert max(len(one.who), len(one.subject), len(one.note)) <= 255


def test_a_trail_is_read_in_pages_of_all_or_of_one_person(store: Store):
    for number in range(7):
        who = "anna@ops" if number % 2 else "bob@ops"
        note_activity(store.session, who, "hold", jobs=0, subject=f"host{number}")

    def pages(who: str | None) -> list[str]:
        found: list[Activity] = []
        while page := store.activity.newest(2, who, found[-1].id if found else None):
            found += page
        return [one.subject[4:] for one in found]

    assert pages(None) == list("6543210")
    assert pages("anna@ops") == list("531")
    assert pages("nobody") == []
    assert store.activity.people() == ["anna@ops", "bob@ops"]


def test_a_person_is_one_whatever_address_he_comes_from(store: Store):
    names = ("anna@ops via 10.0.0.5", "anna@ops", "bob@ops", "anna@ops via 10.0.0.9")
    for number, who in enumerate((*names, "anna@ops2", *names)):
        note_activity(store.session, who, "hold", jobs=0, subject=str(number))

    def page(who: str, limit: int = 9, before: int | None = None) -> list[Activity]:
        return store.activity.newest(limit, who, before)

    assert store.activity.people() == ["anna@ops", "anna@ops2", "bob@ops"]
    assert [one.subject for one in page("anna@ops")] == list("865310")
    assert [one.subject for one in page("anna@ops via 10.0.0.5")] == list("865310")
    first = page("anna@ops", 4)
    assert [one.subject for one in first] == list("8653")
    assert [one.subject for one in page("anna@ops", 4, first[-1].id)] == list("10")


def test_only_what_was_done_since_a_moment_is_read(store: Store):
    for number in range(450):
        note_activity(store.session, "bob@ops", "hold", subject=str(number))
    store.session.execute(
        "UPDATE queued_job_activity SET created_at = '2020-01-01 00:00:00'"
        " WHERE id <= (SELECT id FROM (SELECT id FROM queued_job_activity"
        " ORDER BY id LIMIT 1 OFFSET 49) AS old)"
    )
    an_hour_ago = store.reads.now() - timedelta(hours=1)

    found = store.activity.since(an_hour_ago)

    assert [one.subject for one in found] == [str(n) for n in range(449, 49, -1)]
    assert len(store.activity.since(an_hour_ago, 250)) == 250
    assert store.activity.since(an_hour_ago, who="anna@ops") == []
