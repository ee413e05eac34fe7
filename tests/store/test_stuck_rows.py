"""A row that the database refuses to change, by a trigger or a CHECK, harms itself."""

import pytest

from sq_console.errors import StoreError
from sq_console.model import JobState
from sq_console.store import Store, stuck_rows
from tests.store.jobs import ME, OTHER, add, claim, enter, refuse_updates

CLAIMS = "NEW.claimed_by IS NOT NULL"


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is tried again at once."""
    monkeypatch.setattr(stuck_rows, "SKIP_SECS", 0.0)


def test_it_is_not_claimed_and_all_others_are(store: Store):
    enter(store)
    ids = add(store, 9)
    refuse_updates(store, ids[3], CLAIMS)

    assert [job.id for job in claim(store)] == [*ids[:3], *ids[4:]]

    (stuck,) = store.stuck_rows.take_reports()
    assert (stuck.job_id, stuck.doing) == (ids[3], "claimed")
    assert "not this one" in stuck.why
    assert store.reads.job(ids[3]).attempts == 0
    (late,) = add(store)
    assert [job.id for job in claim(store)] == [late], "it is left alone for a while"
    assert store.stuck_rows.take_reports() == ()


@pytest.mark.usefixtures("again")
def test_it_is_claimed_when_that_is_possible(store: Store):
    enter(store)
    (job_id,) = add(store)
    refuse_updates(store, job_id, CLAIMS)
    assert claim(store) == []
    store.session.execute("DROP TRIGGER stubborn")

    assert [job.id for job in claim(store) or claim(store)] == [job_id]


def test_its_release_holds_up_no_other(store: Store):
    enter(store)
    ids = add(store, 5)
    held = [job.claim for job in claim(store)]
    refuse_updates(store, ids[2])

    assert store.claims.release(ME, held, "stopping") == 4

    (stuck,) = store.stuck_rows.take_reports()
    assert (stuck.job_id, stuck.doing) == (ids[2], "given back")
    assert [claim.job_id for claim in store.claims.held_by(ME, await_commits=True)] == [
        ids[2]
    ]


def test_its_rescue_holds_up_no_other(store: Store):
    enter(store, OTHER)
    ids = add(store, 5)
    claim(store, processor_id=OTHER)
    store.processors.unregister(OTHER)
    refuse_updates(store, ids[0])

    rescued = [one.job_id for one in store.rescuer.rescue("web1:7", 30)]

    assert rescued == ids[1:]
    (stuck,) = store.stuck_rows.take_reports()
    assert (stuck.job_id, stuck.doing) == (ids[0], "rescued")
    assert store.reads.job(ids[0]).state is JobState.RUNNING
    assert store.rescuer.rescue("web1:7", 30) == []
    assert store.stuck_rows.take_reports() == ()


@pytest.mark.usefixtures("again")
def test_it_is_rescued_when_that_is_possible(store: Store):
    enter(store, OTHER)
    (job_id,) = add(store)
    claim(store, processor_id=OTHER)
    store.processors.unregister(OTHER)
    refuse_updates(store, job_id)
    assert store.rescuer.rescue("web1:7", 30) == []
    store.session.execute("DROP TRIGGER stubborn")

    assert [one.job_id for one in store.rescuer.rescue("web1:7", 30)] == [job_id]


def test_many_of_them_at_the_head_hold_up_no_other(store: Store):
    enter(store)
    ids = add(store, 50)
    bad = ids[: stuck_rows.TABLE_FAILS_AFTER + 5]
    refuse_updates(store, None, f"{CLAIMS} AND NEW.id <= {bad[-1]}")

    assert [job.id for job in claim(store)] == ids[len(bad) :]
    assert {stuck.job_id for stuck in store.stuck_rows.take_reports()} == set(bad)
    assert not store.claims.anything_due(), "that can be claimed"


def test_where_all_are_refused_it_is_the_table(store: Store):
    enter(store)
    ids = add(store, stuck_rows.TABLE_FAILS_AFTER + 5)
    refuse_updates(store, None, CLAIMS)

    with pytest.raises(StoreError, match="not this one"):
        claim(store, len(ids))

    store.session.execute("DROP TRIGGER stubborn")
    assert [job.id for job in claim(store, len(ids))] == ids
