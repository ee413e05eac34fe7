"""Bulk actions, on every kind of store."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from sq_console.model import (
    BulkCount,
    BulkEdit,
    BulkState,
    BulkVerb,
    CauseKey,
    JobFilter,
    JobState,
    LogEvent,
    ResultCode,
    Seen,
)
from sq_console.rules.held_hosts import spreading
from sq_console.store import Store, open_store
from sq_console.store.actions import bulk_batches, bulk_pull
from tests.store.bulk import WORKER, begin, failed, request, shown, states, work
from tests.store.jobs import (
    ACTOR,
    ME,
    add,
    claim,
    enter,
    messages,
    outcome,
    refuse_updates,
    run_to,
)

URL = "http://shop.example/v1/x"
SHOP = "shop.example"


@pytest.fixture(autouse=True)
def processor(store: Store) -> None:
    enter(store)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_batches, "BATCH", 3)
    monkeypatch.setattr(bulk_batches, "COUNT_BATCH", 2)
    monkeypatch.setattr(bulk_pull, "_BATCH", 2)


def test_all_that_were_counted_are_retried_and_no_other(
    store: Store, small_batches: None
):
    ids = failed(store, 10, url=URL)
    (other,) = failed(store, 1)
    asked = request(host=SHOP)
    count = store.bulk.count(asked)
    (late,) = failed(store, 1, url=URL)
    bulk_id = store.bulk.create(count.request, ACTOR, count.counted)

    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.counted, row.done, row.refused) == (
        BulkState.DONE,
        10,
        10,
        0,
    )
    assert row.ended_at is not None
    assert set(states(store, ids)) == {JobState.PENDING}
    assert states(store, [other, late]) == [JobState.FAILED] * 2
    job = store.reads.job(ids[0])
    assert (job.remaining_retries, job.result_code, job.bulk_id) == (5, None, bulk_id)
    last = store.reads.job_log(ids[0])[-1]
    assert last.event == LogEvent.RETRIED
    assert last.actor == ACTOR
    assert last.msg == (
        f"[JOBID {ids[0]}] Job retried by {ACTOR}, bulk action {bulk_id}"
    )


def test_a_count_goes_on_page_by_page_from_where_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    failed(store, 5)
    monkeypatch.setattr("sq_console.store.actions.bulk_table.COUNT_BATCH", 2)

    count, steps = store.bulk.freeze(request()), 0
    while not count.is_complete:
        again = BulkCount(count.request, count.counted, count.position)
        count, steps = store.bulk.count_on(again), steps + 1

    assert (count.counted, steps) == (5, 3)


def test_a_bulk_action_is_listed_with_its_request(store: Store):
    cause = CauseKey("h", "/v#", "404", "no route for #")
    asked = request(cause=cause, why="ticket 42", per_second=2.5)
    first = begin(store, asked)
    edit = BulkEdit("a(b)", r"\1", True, (("X", "1"),), ("Y",))
    second = begin(store, request(BulkVerb.EDIT, arguments=edit))

    newest, older = store.bulk.ls()

    assert (newest.id, older.id) == (second, first)
    assert newest.request.arguments == edit
    kept = older.request
    assert (kept.verb, kept.wanted.state) == (BulkVerb.RETRY, asked.wanted.state)
    assert (kept.cause, kept.why, kept.per_second) == (cause, "ticket 42", 2.5)
    assert kept.states == (JobState.FAILED,)
    assert kept.wanted.as_of is not None
    assert (older.who, older.state, older.done) == (ACTOR, BulkState.RUNNING, 0)
    assert [row.id for row in store.bulk.running()] == [first, second]
    assert store.bulk.show(99) is None


def test_a_bulk_action_is_entered_among_what_operators_did(store: Store):
    failed(store, 3, url=URL)

    bulk_id = begin(store, request(host=SHOP, why="ticket 42"))

    sql = (
        "SELECT who, action, jobs, bulk_id, subject, note FROM queued_job_activity"
        " ORDER BY id DESC LIMIT 1"
    )
    (row,) = store.session.rows(sql)
    entered = [
        value.decode() if isinstance(value, bytes) else value for value in row.values()
    ]
    assert entered == [ACTOR, "retry", 3, bulk_id, SHOP, "ticket 42"]


def test_calls_come_at_the_pace_whatever_the_batches(store: Store, small_batches: None):
    ids = failed(store, 7)
    bulk_id = begin(store, request(per_second=4))

    before = store.reads.now()
    work(store)

    due = sorted(store.reads.job(job_id).run_at for job_id in ids)
    assert before - timedelta(seconds=1) < due[0] <= store.reads.now()
    steps = {later - earlier for earlier, later in pairwise(due)}
    assert steps == {timedelta(milliseconds=250)}
    assert shown(store, bulk_id).due_until == due[-1]


def test_a_pace_does_not_catch_up_after_a_time_without_a_worker(
    store: Store, small_batches: None
):
    failed(store, 6)
    bulk_id = begin(store, request(per_second=1000))
    work(store, batches=1)
    store.session.execute("UPDATE queued_job_bulk SET due_until = '2001-01-01'")

    work(store)

    assert shown(store, bulk_id).due_until > store.reads.now() - timedelta(minutes=1)


def test_what_changed_meanwhile_is_refused(store: Store):
    ids = failed(store, 4)
    bulk_id = begin(store, request())
    store.actions.retry(Seen(ids[0]), "bob@ops")

    work(store)

    row = shown(store, bulk_id)
    assert (row.counted, row.done, row.refused) == (4, 3, 1)
    assert "bob" in messages(store, ids[0])[-1]


def test_jobs_that_wait_become_due_and_keep_their_retries(store: Store):
    waiting = run_to(store, ResultCode.TEMPORARY)
    never_called = add(store, 1, delay_secs=500)[0]
    retries = store.reads.job(waiting).remaining_retries
    bulk_id = begin(store, request(state=JobState.PENDING))

    work(store)

    assert shown(store, bulk_id).done == 2
    job = store.reads.job(waiting)
    assert (job.remaining_retries, job.result_code) == (retries, ResultCode.TEMPORARY)
    assert store.reads.job(never_called).run_at <= store.reads.now()
    assert {job.id for job in claim(store)} == {waiting, never_called}


def test_succeeded_jobs_get_new_rows(store: Store):
    old = run_to(store, ResultCode.SUCCEEDED, headers='{"A": "1"}', body=b"x\x00y")
    bulk_id = begin(store, request(state=JobState.SUCCEEDED))

    work(store)
    work(store)

    assert shown(store, bulk_id).done == 1
    new = store.reads.job(store.reads.jobs(JobFilter(JobState.PENDING)).jobs[0].id)
    assert (new.requeued_from, new.bulk_id, new.body) == (old, bulk_id, b"x\x00y")
    assert store.reads.job(old).state is JobState.SUCCEEDED
    assert f"Job requeued as job {new.id}" in messages(store, old)[-1]


def test_pending_jobs_are_killed_and_running_ones_asked(store: Store):
    running = add(store, 2)
    claim(store)
    store.actions.kill(Seen(running[0]), "bob@ops")
    pending = add(store, 3)
    bulk_id = begin(store, request(BulkVerb.KILL, state=None))

    work(store)

    row = shown(store, bulk_id)
    assert (row.counted, row.done, row.refused) == (5, 5, 0)
    assert set(states(store, pending)) == {JobState.KILLED}
    assert all(store.reads.job(i).kill_requested_at for i in running)
    assert store.reads.job(running[0]).kill_requested_by == "bob@ops"
    assert messages(store, pending[0])[-1].startswith(
        f"[JOBID {pending[0]}] Job killed by {ACTOR}"
    )


def test_failed_jobs_are_set_aside_with_who_and_why(store: Store):
    ids = failed(store, 3)
    begin(store, request(BulkVerb.SET_ASIDE, why="shop is gone"))

    work(store)

    assert set(states(store, ids)) == {JobState.SET_ASIDE}
    assert messages(store, ids[0])[-1].endswith(": shop is gone")
    begin(store, request(state=JobState.SET_ASIDE))
    work(store)
    assert set(states(store, ids)) == {JobState.PENDING}


def test_one_job_is_set_aside_and_comes_back_by_a_retry(store: Store):
    (job_id,) = failed(store, 1)

    result = store.actions.set_aside(Seen(job_id), ACTOR, "known")

    assert (result.done, result.message) == (True, "set aside")
    assert store.reads.job(job_id).state is JobState.SET_ASIDE
    assert messages(store, job_id)[-1].endswith(f"Job set aside by {ACTOR}: known")
    assert not store.actions.set_aside(Seen(job_id), ACTOR).done
    assert store.actions.retry(Seen(job_id), ACTOR).done
    assert store.reads.job(job_id).set_aside_at is None


def test_only_jobs_of_the_cause_are_met(store: Store):
    ids = failed(store, 2, url="http://shop.example/v1/a")
    others = failed(store, 2, url="http://shop.example/v2/a")
    waiting = run_to(store, ResultCode.TEMPORARY, url="http://shop.example/v1/a")
    cause = CauseKey(SHOP, "/v#/a", "503", "ok")
    states_ = (JobState.FAILED, JobState.PENDING)
    asked = request(state=None, host=SHOP, cause=cause, states=states_)

    count = store.bulk.count(asked)

    assert count.counted == 5
    other = CauseKey(SHOP, "/w", "503", "ok")
    assert store.bulk.count(request(host=SHOP, cause=other)).counted == 0
    bulk_id = store.bulk.create(count.request, ACTOR, count.counted)
    work(store)
    assert shown(store, bulk_id).done == 5
    assert set(states(store, [*ids, *others, waiting])) == {JobState.PENDING}


def test_a_job_that_was_retried_has_its_cause_no_more(store: Store):
    ids = failed(store, 3, url=f"http://{SHOP}/v1/a")
    (cause,) = {cause.key for cause in store.causes.newest().causes}
    assert store.actions.retry(Seen(ids[0]), ACTOR).done

    for verb, number in ((BulkVerb.RETRY, 2), (BulkVerb.KILL, 0)):
        states_ = (JobState.FAILED, JobState.PENDING)
        asked = request(verb, None, SHOP, cause=cause, states=states_)
        assert store.bulk.count(asked).counted == number


def test_an_edit_replaces_what_was_called_and_sets_it_aside(store: Store):
    old = failed(store, 2, url=URL, body=b"b", remaining_retries=3)
    waiting = run_to(store, ResultCode.TEMPORARY, url=URL)
    (fresh,) = add(store, url=URL, delay_secs=900)
    failed(store, 1, url="http://shop.example/other")
    edit = BulkEdit("/v1/", "/v2/", set_headers=(("X-A", "1"),))
    bulk_id = begin(store, request(BulkVerb.EDIT, None, SHOP, arguments=edit))
    assert shown(store, bulk_id).counted == 5

    work(store)

    row = shown(store, bulk_id)
    assert (row.done, row.refused, row.state) == (5, 0, BulkState.DONE)
    assert set(states(store, [*old, waiting])) == {JobState.SET_ASIDE}
    changed = store.reads.job(fresh)
    assert (changed.url, changed.headers) == (
        "http://shop.example/v2/x",
        '{"X-A": "1"}',
    )
    assert changed.run_at > store.reads.now()
    new = [
        store.reads.job(job.id)
        for job in store.reads.jobs(JobFilter(JobState.PENDING)).jobs
        if job.requeued_from in old
    ]
    assert [(job.url, job.body, job.remaining_retries) for job in new] == [
        ("http://shop.example/v2/x", b"b", 3)
    ] * 2
    assert f"url {URL} -> http://shop.example/v2/x" in messages(store, new[0].id)[-1]


def test_an_edit_counts_only_jobs_it_changes(store: Store):
    failed(store, 2, url=URL)
    failed(store, 3, url="http://shop.example/v9/x")
    edit = BulkEdit(r"/v([0-8])/", r"/w\1/", is_expression=True)

    assert store.bulk.count(request(BulkVerb.EDIT, arguments=edit)).counted == 2


def test_an_edit_to_a_url_nobody_can_call_is_refused(store: Store):
    (job_id,) = failed(store, 1, url=URL)
    edit = BulkEdit("http://", "ftp://")
    bulk_id = begin(store, request(BulkVerb.EDIT, arguments=edit))

    work(store)

    row = shown(store, bulk_id)
    assert (row.done, row.refused) == (0, 1)
    assert row.error and "url" in row.error
    assert store.reads.job(job_id).url == URL


def test_a_stopped_bulk_action_begins_nothing_more_and_counts_the_rest(
    store: Store, small_batches: None
):
    ids = failed(store, 10)
    bulk_id = begin(store, request())
    work(store, batches=2)
    store.actions.retry(Seen(ids[0]), "bob@ops")

    assert store.bulk.stop(bulk_id, "bob@ops").done
    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.stopped_by) == (BulkState.STOPPED, "bob@ops")
    assert (row.done, row.refused, row.not_begun) == (6, 1, 3)
    assert states(store, ids).count(JobState.FAILED) == 3
    assert not store.bulk.stop(bulk_id, ACTOR).done
    assert store.bulk.stop(99, ACTOR).message == "no such bulk action"


def test_retries_that_were_not_called_are_pulled_back(
    store: Store, small_batches: None
):
    ids = failed(store, 9)
    doomed = add(store, 1)[0]
    store.actions.kill(Seen(doomed), ACTOR)
    states_ = (JobState.FAILED, JobState.KILLED)
    bulk_id = begin(store, request(state=None, states=states_))
    work(store)
    called = claim(store, limit=2)
    store.outcomes.record(ME, [outcome(called[0])])

    assert store.bulk.pull_back(bulk_id, "bob@ops").done
    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.done, row.pulled_back) == (BulkState.STOPPED, 10, 8)
    assert store.reads.job(called[0].id).state is JobState.SUCCEEDED
    assert store.reads.job(called[1].id).state is JobState.RUNNING
    kept = {job.id for job in called}
    back = [job_id for job_id in ids if job_id not in kept]
    assert set(states(store, back)) == {JobState.FAILED}
    assert messages(store, back[0])[-1] == (
        f"[JOBID {back[0]}] Job pulled back by bob@ops, bulk action {bulk_id}"
    )
    if doomed not in kept:
        assert store.reads.job(doomed).state is JobState.KILLED


def test_a_failed_job_without_an_error_has_none_after_pulling_back(store: Store):
    (job_id,) = failed(store, 1)
    store.session.execute("UPDATE queued_job SET last_error = NULL")
    bulk_id = begin(store, request())
    work(store)

    assert store.bulk.pull_back(bulk_id, ACTOR).done
    work(store)

    job = store.reads.job(job_id)
    assert (job.state, job.last_error) == (JobState.FAILED, None)


def test_jobs_that_were_given_their_result_by_hand_are_met(
    store: Store, small_batches: None
):
    ids = failed(store, 3) + add(store, 4)
    store.session.execute(
        "UPDATE queued_job SET result_code = 1, last_finished_at = last_finished_at"
        " WHERE last_finished_at IS NULL"
    )
    bulk_id = begin(store, request())

    work(store)

    assert shown(store, bulk_id).done == len(ids) == 7
    assert set(states(store, ids)) == {JobState.PENDING}


def test_what_an_action_did_before_it_failed_is_pulled_back(
    store: Store, small_batches: None
):
    ids = failed(store, 6)
    bulk_id = begin(store, request())
    assert store.bulk.work_batch(WORKER)
    store.session.execute("UPDATE queued_job_bulk SET state = 'failed', error = 'why'")

    assert store.bulk.pull_back(bulk_id, ACTOR).done
    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.pulled_back, row.not_begun) == (BulkState.STOPPED, 3, 3)
    assert set(states(store, ids)) == {JobState.FAILED}


def test_pulling_back_stops_what_still_goes_on(store: Store, small_batches: None):
    ids = failed(store, 9)
    bulk_id = begin(store, request())
    work(store, batches=1)

    store.bulk.pull_back(bulk_id, ACTOR)
    work(store)

    row = shown(store, bulk_id)
    assert (row.done, row.not_begun, row.pulled_back) == (3, 6, 3)
    assert set(states(store, ids)) == {JobState.FAILED}


def test_jobs_that_waited_before_still_wait_after_pulling_back(store: Store):
    (job_id,) = add(store, 1, delay_secs=500)
    bulk_id = begin(store, request(state=JobState.PENDING))
    work(store)

    store.bulk.pull_back(bulk_id, ACTOR)
    work(store)

    assert store.reads.job(job_id).state is JobState.PENDING
    assert shown(store, bulk_id).pulled_back == 0


def test_a_killed_job_is_not_pulled_back(store: Store):
    bulk_id = begin(store, request(BulkVerb.KILL, JobState.PENDING))

    assert store.bulk.pull_back(bulk_id, ACTOR).message == (
        "refused: kill is not pulled back"
    )


def test_a_row_the_database_refuses_does_not_hold_up_the_others(store: Store):
    ids = failed(store, 5)
    refuse_updates(store, ids[2], "NEW.bulk_id IS NOT NULL")
    bulk_id = begin(store, request())

    work(store)
    store.session.execute("DROP TRIGGER stubborn")

    row = shown(store, bulk_id)
    assert (row.state, row.done, row.refused) == (BulkState.DONE, 4, 1)
    assert row.error and "not this one" in row.error
    assert states(store, ids).count(JobState.FAILED) == 1


def test_bulk_actions_take_turns(store: Store, small_batches: None):
    failed(store, 4, url=URL)
    failed(store, 4)
    first, second = begin(store, request(host=SHOP)), begin(store, request())

    work(store, batches=2)

    assert shown(store, first).done == 3
    assert shown(store, second).done > 0


def test_another_worker_waits_for_the_lease_and_then_goes_on(
    store: Store, small_batches: None
):
    failed(store, 6)
    bulk_id = begin(store, request())
    assert store.bulk.work_batch("a:1")
    assert not store.bulk.work_batch("b:2")

    store.session.execute("UPDATE queued_job_bulk SET lease_until = '2001-01-01'")

    assert store.bulk.work_batch("b:2")
    assert shown(store, bulk_id).worker == "b:2"
    work(store, "b:2")
    assert shown(store, bulk_id).done == 6


def test_a_batch_whose_lease_was_taken_is_undone(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    ids = failed(store, 3)
    bulk_id = begin(store, request())
    real = bulk_batches.write_log

    def taken(session: object, log: object) -> None:
        real(session, log)  # type: ignore[arg-type]
        store.session.execute("UPDATE queued_job_bulk SET worker = 'b:2'")

    monkeypatch.setattr(bulk_batches, "write_log", taken)
    assert store.bulk.work_batch("a:1")

    assert set(states(store, ids)) == {JobState.FAILED}
    assert shown(store, bulk_id).done == 0
    assert shown(store, bulk_id).worker == "a:1"


@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_a_job_that_somebody_has_locked_is_met_again(
    store: Store, store_settings: object
):
    ids = failed(store, 4)
    other = open_store(store_settings)  # type: ignore[arg-type]
    bulk_id = begin(store, request())
    other.session.execute("BEGIN")
    other.session.rows("SELECT id FROM queued_job WHERE id = %s FOR UPDATE", (ids[1],))

    work(store)
    assert shown(store, bulk_id).done == 3
    assert shown(store, bulk_id).state is BulkState.RUNNING
    other.close()
    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.done, row.refused) == (BulkState.DONE, 4, 0)


def spread(store: Store, hold_first: str = "ticket 42") -> int:
    """Jobs behind a hold are being spread: the last batch is done, not its end."""
    add(store, 3, url=URL)
    store.holds.hold(SHOP, ACTOR, hold_first)
    (hold,) = store.reads.holds()
    return begin(store, spreading(hold, 100.0))


def test_a_hold_is_lifted_when_what_was_due_is_spread(store: Store):
    bulk_id = spread(store)

    work(store)

    assert shown(store, bulk_id).error is None
    assert store.reads.holds() == []


def test_a_hold_that_was_set_anew_while_jobs_were_spread_stays(store: Store):
    bulk_id = spread(store)
    store.holds.hold(SHOP, "bob@ops", "it fails again")

    work(store)

    row = shown(store, bulk_id)
    assert (row.state, row.done) == (BulkState.DONE, 3)
    assert row.error == f"host {SHOP} was held anew meanwhile, and stays so"
    assert [hold.who for hold in store.reads.holds()] == ["bob@ops"]


def test_a_resume_that_was_stopped_at_its_end_lifts_no_hold(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    bulk_id = spread(store)
    real = bulk_batches.BulkLeases.save

    def stopped_before_the_end(leases: Any, bulk: Any, state: Any = None) -> None:
        if state is BulkState.DONE:
            store.session.execute(
                "UPDATE queued_job_bulk SET state = 'stopped', worker = NULL"
            )
        real(leases, bulk, state)

    monkeypatch.setattr(bulk_batches.BulkLeases, "save", stopped_before_the_end)
    assert store.bulk.work_batch(WORKER)

    assert shown(store, bulk_id).done == 3
    assert [hold.host for hold in store.reads.holds()] == [SHOP]


def test_a_row_of_another_version_fails_and_is_not_listed(store: Store):
    bulk_id = begin(store, request())
    store.session.execute("UPDATE queued_job_bulk SET verb = 'paint'")

    assert store.bulk.ls() == []
    assert not store.bulk.work_batch(WORKER)

    (row,) = store.session.rows(
        "SELECT state, error FROM queued_job_bulk WHERE id = %s", (bulk_id,)
    )
    assert bytes(row["state"]) == b"failed"  # type: ignore[arg-type]
    assert b"paint" in bytes(row["error"])  # type: ignore[arg-type]
