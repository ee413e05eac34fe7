"""What operators do, on every kind of store."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.errors import RowRefused
from sq_console.model import (
    JobFilter,
    JobState,
    LogEvent,
    NewJob,
    ResultCode,
    Seen,
    Sums,
    Wanted,
)
from sq_console.store import Store
from tests.store.jobs import (
    ACTOR,
    ME,
    OTHER,
    add,
    claim,
    enter,
    messages,
    outcome,
    run_to,
)


def test_an_enqueued_job_has_what_was_asked_and_says_who(store: Store):
    when = datetime(2030, 5, 6, 7, 8, 9, 123000, tzinfo=UTC)
    draft = NewJob(
        "put",
        "https://h/x?y=%zz%",
        body="ü😀\x00".encode(),
        headers='{"X-A": "1"}',
        timeout_secs=9,
        remaining_retries=1,
        retry_delay_secs=3,
        priority=-2,
        organization_id=77,
        run_at=when,
    )

    first, second = store.actions.enqueue(draft, ACTOR, 2)

    assert second == first + 1
    job = store.reads.job(first)
    assert (job.http_method, job.url, job.body) == (
        draft.http_method,
        draft.url,
        draft.body,
    )
    assert (job.timeout_secs, job.remaining_retries, job.retry_delay_secs) == (9, 1, 3)
    assert (job.priority, job.organization_id, job.run_at) == (-2, 77, when)
    assert job.state is JobState.PENDING
    assert messages(store, first) == [f"[JOBID {first}] Job enqueued by {ACTOR}"]
    assert store.reads.job_log(first)[0].actor == ACTOR


def test_a_delay_counts_by_the_databases_clock(store: Store):
    (job_id,) = add(store, delay_secs=100)

    run_at = store.reads.job(job_id).run_at
    assert run_at is not None
    wait = run_at - store.reads.now()
    assert timedelta(seconds=95) < wait <= timedelta(seconds=100)


# SQLite columns take anything.
@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_a_value_no_column_holds_is_refused_and_nothing_is_inserted(store: Store):
    with pytest.raises(RowRefused):
        add(store, http_method="x" * 11)
    assert store.reads.jobs(JobFilter()).jobs == ()


# SQLite takes anything up to its own, higher limit.
@pytest.mark.parametrize("store_settings", ["mariadb"], indirect=True)
@pytest.mark.parametrize("body", [b"x" * 16_777_215, b"'" * 8_400_000])
def test_a_body_longer_than_the_server_takes_is_refused_with_the_limit(
    store: Store, body: bytes
):
    with pytest.raises(RowRefused, match="its max_allowed_packet is 16,777,216"):
        add(store, body=body)
    (job_id,) = add(store, body=body[:600_000])
    with pytest.raises(RowRefused, match="its max_allowed_packet is 16,777,216"):
        store.actions.edit(Seen(job_id), NewJob("get", "http://h/", body=body), ACTOR)


def test_retry_makes_a_failed_job_pending_with_all_its_retries(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.PERMANENT, remaining_retries=3)

    result = store.actions.retry(Seen(job_id, JobState.FAILED, 1), ACTOR)

    assert (result.done, result.message, result.new_id) == (True, "pending now", None)
    job = store.reads.job(job_id)
    assert (job.state, job.remaining_retries, job.attempts) == (JobState.PENDING, 3, 1)
    assert [again.attempt for again in claim(store)] == [2]
    entry = store.reads.job_log(job_id)[-1]
    assert (entry.event, entry.actor) == (LogEvent.RETRIED, ACTOR)


def test_retry_of_a_waiting_job_makes_it_due_and_charges_nothing(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.TEMPORARY)
    assert claim(store) == []

    assert store.actions.retry(Seen(job_id), ACTOR).message == "due now"

    (job,) = claim(store) or claim(store)
    assert job.id == job_id
    assert store.reads.job(job_id).remaining_retries == 4


def test_retry_of_a_running_job_is_refused(store: Store):
    enter(store)
    (job_id,) = add(store)
    claim(store)

    result = store.actions.retry(Seen(job_id), ACTOR)

    assert (result.done, result.message) == (False, "refused: it is running")


def test_retry_of_a_succeeded_job_makes_a_new_row(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.SUCCEEDED, body=b"b", priority=3)

    result = store.actions.retry(Seen(job_id), ACTOR)

    assert result.new_id is not None
    new = store.reads.job(result.new_id)
    assert (new.requeued_from, new.body, new.priority) == (job_id, b"b", 3)
    assert (new.state, new.attempts, new.remaining_retries) == (JobState.PENDING, 0, 5)
    assert store.reads.job(job_id).state is JobState.SUCCEEDED
    assert messages(store, job_id)[-1].endswith(f"as job {new.id} by {ACTOR}")


def test_retry_of_a_killed_job_forgets_the_kill(store: Store):
    enter(store)
    (job_id,) = add(store)
    store.actions.kill(Seen(job_id), ACTOR)

    assert store.actions.retry(Seen(job_id), ACTOR).done

    job = store.reads.job(job_id)
    assert (job.state, job.kill_requested_at) == (JobState.PENDING, None)


def test_kill_ends_a_pending_job_at_once(store: Store):
    (job_id,) = add(store)

    result = store.actions.kill(Seen(job_id, JobState.PENDING, 0), ACTOR)

    assert (result.done, result.message) == (True, "killed")
    assert store.reads.job(job_id).state is JobState.KILLED
    assert messages(store, job_id)[-1] == f"[JOBID {job_id}] Job killed by {ACTOR}"


def test_kill_of_a_running_job_is_asked_for_once(store: Store):
    enter(store)
    (job_id,) = add(store)
    (job,) = claim(store)

    first = store.actions.kill(Seen(job_id), ACTOR)
    second = store.actions.kill(Seen(job_id), "bob@ops")

    assert first.done
    assert second.done
    (request,) = store.processors.control(ME).kills
    assert (request.claim, request.by) == (job.claim, ACTOR)
    assert store.processors.control(OTHER).kills == ()


def test_kill_of_a_finished_job_is_refused(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.SUCCEEDED)

    result = store.actions.kill(Seen(job_id), ACTOR)

    assert (result.done, result.message) == (False, "refused: it has succeeded")


@pytest.mark.parametrize("action", ["retry", "kill", "edit"])
def test_an_action_on_what_has_changed_is_refused_and_writes_nothing(
    store: Store, action: str
):
    enter(store)
    job_id = run_to(store, ResultCode.PERMANENT)
    seen = Seen(job_id, JobState.PENDING, 0)
    before = (store.reads.job(job_id), messages(store, job_id))

    if action == "edit":
        result = store.actions.edit(seen, NewJob("get", "http://h/"), ACTOR)
    else:
        result = getattr(store.actions, action)(seen, ACTOR)

    assert not result.done
    assert result.message == "changed since you looked: now it has failed"
    assert (store.reads.job(job_id), messages(store, job_id)) == before


@pytest.mark.parametrize("action", ["retry", "kill"])
def test_an_action_on_a_job_that_is_not_there_says_so(store: Store, action: str):
    result = getattr(store.actions, action)(Seen(999), ACTOR)
    assert (result.done, result.message) == (False, "no such job")


def test_a_job_never_called_is_edited_in_place(store: Store):
    (job_id,) = add(store)
    due = store.reads.job(job_id).run_at

    result = store.actions.edit(
        Seen(job_id), NewJob("get", "http://new/", body=None, timeout_secs=5), ACTOR
    )

    assert (result.done, result.message) == (True, "edited in place")
    job = store.reads.job(job_id)
    assert (job.http_method, job.url, job.timeout_secs) == ("get", "http://new/", 5)
    assert job.run_at == due
    assert job.host == "new"


def test_an_edit_of_a_job_that_was_called_makes_a_new_one(store: Store):
    enter(store)
    job_id = run_to(store, ResultCode.PERMANENT)

    result = store.actions.edit(Seen(job_id), NewJob("get", "http://new/"), ACTOR)

    assert result.new_id is not None
    assert store.reads.job(job_id).url == "http://api.example.com/x"
    new = store.reads.job(result.new_id)
    assert (new.url, new.requeued_from, new.attempts) == ("http://new/", job_id, 0)


def test_processors_are_asked_by_id_or_all(store: Store):
    enter(store, ME, "web1:7")
    enter(store, OTHER, "web2:8")

    assert store.actions.want(OTHER, Wanted.PAUSE, ACTOR) == ["web2:8"]
    assert store.processors.control(ME).wanted is Wanted.RUN
    assert store.processors.control(OTHER).wanted is Wanted.PAUSE
    assert store.actions.want(None, Wanted.DRAIN, ACTOR) == ["web1:7", "web2:8"]
    assert store.processors.control(ME).wanted is Wanted.DRAIN
    assert store.actions.want(12, Wanted.RUN, ACTOR) == []
    tail = store.reads.log_rows(store.reads.log_ids(0, 10))
    assert tail[0].msg == f"Processor web2:8 asked to pause by {ACTOR}"


def test_a_late_answer_does_not_undo_a_finished_kill(store: Store):
    enter(store)
    (job_id,) = add(store)
    (job,) = claim(store)
    store.actions.kill(Seen(job_id), ACTOR)
    store.outcomes.record(ME, [outcome(job, ResultCode.KILLED, None)])

    assert store.outcomes.record(ME, [outcome(job)]).lost == (job_id,)
    assert store.reads.job(job_id).state is JobState.KILLED


def test_a_processor_is_asked_as_it_was_seen(store: Store):
    enter(store, ME, "web1:7")
    (seen,) = store.reads.processors()

    assert store.actions.want_as_seen(seen, Wanted.PAUSE, ACTOR).done
    late = store.actions.want_as_seen(seen, Wanted.DRAIN, "bob@ops")

    assert (late.done, late.message) == (
        False,
        "changed since you looked: it was asked to pause",
    )
    assert store.processors.control(ME).wanted is Wanted.PAUSE
    store.actions.want(ME, Wanted.DRAIN, ACTOR)
    (draining,) = store.reads.processors()
    assert not store.actions.want_as_seen(draining, Wanted.RUN, ACTOR).done
    store.processors.unregister(ME)
    gone = store.actions.want_as_seen(draining, Wanted.RUN, ACTOR)
    assert (gone.done, gone.message) == (False, "it is gone: it ended or is lost")


def test_each_processor_has_calls_of_its_own(store: Store):
    store.stats.add(ME, Sums(succeeded=3))
    store.stats.add(OTHER, Sums(failed=2))

    minutes = store.reads.minutes_of_each(5)

    assert {owner: minute.calls for owner, minute in minutes} == {ME: 3, OTHER: 2}


def test_the_jobs_of_one_processor_are_listed(store: Store):
    enter(store)
    ids = add(store, 5)
    claim(store, 3)
    claim(store, 2, OTHER)

    assert [job.id for job in store.reads.jobs_of_processor(ME, 50)] == ids[:3]
    assert [job.id for job in store.reads.jobs_of_processor(ME, 2)] == ids[:2]
