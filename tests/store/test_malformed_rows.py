"""Rows only an SQL prompt can make, and what they may do to others: nothing."""

import pytest

from sq_console.store import Store
from tests.store.jobs import ME, OTHER, add, claim, enter


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
def test_a_priority_that_is_no_number_waits_for_ever_and_alone(store: Store):
    enter(store)
    odd, good = add(store, 2)
    store.session.execute(
        "UPDATE queued_job SET priority = 'high' WHERE id = %s", (odd,)
    )

    assert [job.id for job in claim(store)] == [good]
    assert claim(store) == []


def test_attempts_at_the_end_of_their_range_stop_no_claim(store: Store):
    enter(store)
    odd, good = add(store, 2)
    store.session.execute(
        "UPDATE queued_job SET attempts = 4294967295 WHERE id = %s", (odd,)
    )

    assert [job.id for job in claim(store)] == [odd, good]


def test_numbers_at_the_end_of_their_range_stop_no_rescue(store: Store):
    enter(store)
    rescued_often, retried_often, good = add(store, 3)
    store.session.execute("UPDATE queued_job SET claimed_by = %s", (OTHER,))
    store.session.execute(
        "UPDATE queued_job SET rescues = 127 WHERE id = %s", (rescued_often,)
    )
    store.session.execute(
        "UPDATE queued_job SET result_code = 2, remaining_retries = 2147483647"
        " WHERE id = %s",
        (retried_often,),
    )

    rescued = store.rescuer.rescue("web1:7", 30)

    assert {one.job_id: one.state for one in rescued} == {
        rescued_often: "failed",
        retried_often: "pending",
        good: "pending",
    }
    assert [row.id for row in store.reads.processors()] == [ME]
