"""Ids up to 2^64 - 1, which is what the column holds, are ids like others; SQLite's end
at 2^63 - 1, and a larger one is no job's.
"""

from dataclasses import replace

import pytest

from sq_console.errors import JobNotFound, RowRefused
from sq_console.model import JobFilter, JobState, Seen, Wanted
from sq_console.store import Store
from tests.store.jobs import ACTOR, ME, add, claim, enter, outcome

LARGEST = 2**64 - 1
SERVERS = pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
LARGE = [9_223_372_036_854_788_153, LARGEST]


@SERVERS
@pytest.mark.parametrize("large", LARGE)
def test_a_job_with_a_large_id_lives_like_any_other(store: Store, large: int):
    enter(store)
    (small,) = add(store, organization_id=large)
    store.session.execute("UPDATE queued_job SET id = %s WHERE id = %s", (large, small))

    assert store.reads.job(large).organization_id == large
    for wanted in (JobFilter(job_id=large), JobFilter(organization_id=large)):
        assert [job.id for job in store.reads.jobs(wanted).jobs] == [large]
    (job,) = claim(store)
    assert store.actions.kill(Seen(large), ACTOR).done
    (kill,) = store.processors.control(ME).kills
    assert (kill.claim.job_id, kill.claim.attempt) == (large, 1)
    report = store.outcomes.record(ME, [outcome(job)])
    assert [job_id for job_id, _ in report.recorded] == [large]
    assert store.reads.job(large).state is JobState.SUCCEEDED
    assert len(store.reads.job_log(large)) >= 2


@SERVERS
@pytest.mark.parametrize("large", LARGE)
def test_one_that_failed_is_retried_and_one_lost_is_rescued(store: Store, large: int):
    enter(store)
    (small,) = add(store)
    store.session.execute(
        "UPDATE queued_job SET id = %s, result_code = 1 WHERE id = %s", (large, small)
    )
    assert store.actions.retry(Seen(large), ACTOR).done
    claim(store)
    (rescued,) = store.rescuer.rescue_processor(ME, "web1:1")
    assert rescued.job_id == large
    assert store.reads.job(large).state is JobState.PENDING


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("large", LARGE)
def test_in_sqlite_there_is_no_such_job(store: Store, large: int):
    add(store)

    with pytest.raises(JobNotFound):
        store.reads.job(large)
    for act in (store.actions.retry, store.actions.kill):
        result = act(Seen(large), ACTOR)
        assert (result.done, result.message) == (False, "no such job")
    assert store.reads.job_log(large) == []
    for wanted in (JobFilter(job_id=large), JobFilter(organization_id=large)):
        assert not store.reads.jobs(wanted).jobs
        for state in JobState:
            assert not store.reads.jobs(replace(wanted, state=state)).jobs
    assert store.actions.want(large, Wanted.PAUSE, ACTOR) == []
    with pytest.raises(RowRefused):
        add(store, organization_id=large)
