"""Writing outcomes, on every kind of store."""

from datetime import timedelta

import pytest

from sq_console.model import ClaimedJob, JobState, LogEvent, LogLine, ResultCode, Seen
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
    refuse_updates,
)


def claimed_one(store: Store, **fields: object) -> ClaimedJob:
    enter(store)
    add(store, **fields)
    (job,) = claim(store)
    return job


def test_a_batch_writes_rows_and_log_together(store: Store):
    enter(store)
    add(store, 3)
    jobs = claim(store)
    results = [ResultCode.SUCCEEDED, ResultCode.PERMANENT, ResultCode.TEMPORARY]

    report = store.outcomes.record(
        ME, [outcome(job, r) for job, r in zip(jobs, results, strict=True)]
    )

    assert report.recorded == tuple(
        (job.id, r) for job, r in zip(jobs, results, strict=True)
    )
    states = [store.reads.job(job.id).state for job in jobs]
    assert states == [JobState.SUCCEEDED, JobState.FAILED, JobState.PENDING]
    entry = store.reads.job_log(jobs[0].id)[-1]
    assert entry.msg == f"[JOBID {jobs[0].id}] succeeded: ok"
    assert (entry.event, entry.attempt, entry.processor) == ("succeeded", 1, "web1:7")
    assert (entry.status_code, entry.duration_ms) == (200, 12)


def test_an_outcome_whose_claim_is_no_longer_ours_writes_nothing(store: Store):
    job = claimed_one(store)
    enter(store, OTHER)
    before = messages(store, job.id)

    stale = outcome(job, attempt=job.attempt + 1)
    assert store.outcomes.record(OTHER, [outcome(job)]).lost == (job.id,)
    assert store.outcomes.record(ME, [stale]).lost == (job.id,)

    assert store.reads.job(job.id).state is JobState.RUNNING
    assert messages(store, job.id) == before


def test_an_outcome_is_written_once(store: Store):
    job = claimed_one(store)
    store.outcomes.record(ME, [outcome(job)])
    log = messages(store, job.id)

    assert store.outcomes.record(ME, [outcome(job)]).lost == (job.id,)
    assert messages(store, job.id) == log


def test_a_temporary_failure_is_due_after_its_delay(store: Store):
    job = claimed_one(store, retry_delay_secs=100)

    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    after = store.reads.job(job.id)
    assert after.run_at is not None
    wait = after.run_at - store.reads.now()
    assert timedelta(seconds=95) < wait <= timedelta(seconds=100)
    assert (after.last_error, after.last_status_code) == ("http 503", 503)


@pytest.mark.parametrize("delay_secs", [-5, 0])
def test_a_delay_of_nothing_is_due_at_once(store: Store, delay_secs: int):
    job = claimed_one(store, retry_delay_secs=delay_secs)
    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    assert [again.id for again in claim(store)] == [job.id]


def test_a_due_time_beyond_the_range_is_held_at_its_end(store: Store):
    job = claimed_one(store, retry_delay_secs=2_147_483_647)

    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    run_at = store.reads.job(job.id).run_at
    assert run_at is not None
    assert run_at.year == 2038


def test_what_the_handler_set_is_kept(store: Store):
    job = claimed_one(store)
    timed = outcome(
        job, ResultCode.TEMPORARY, retry_delay_secs=786, url="http://new.example.com/y"
    )

    store.outcomes.record(ME, [timed])

    after = store.reads.job(job.id)
    assert (after.retry_delay_secs, after.url) == (786, "http://new.example.com/y")
    assert after.host == "new.example.com"


def test_without_an_answer_the_last_response_stays(store: Store):
    job = claimed_one(store, retry_delay_secs=0)
    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY, "busy")])
    (job,) = claim(store)

    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY, None)])

    assert store.reads.job(job.id).last_response == "busy"


@pytest.mark.parametrize(
    "text",
    ["😀" * 20_000, "a\x00b", "\x1b[2J\u202e", "x" * 70_000, "'\"\\%s{}`", ""],
    ids=["emoji", "nul", "escapes", "long", "quotes", "empty"],
)
def test_any_text_can_be_recorded(store: Store, text: str):
    job = claimed_one(store)

    report = store.outcomes.record(ME, [outcome(job, response=text)])

    assert report.refused == ()
    kept = store.reads.job(job.id).last_response or ""
    assert len(kept.encode()) <= 65_535
    assert kept.replace("\u2400", "\x00") == text[: len(kept)]
    assert len(kept.encode()) > 65_500 or len(kept) == len(text)
    assert len(messages(store, job.id)[-1].encode()) <= 65_535


@pytest.mark.slow
def test_many_large_outcomes_are_split_and_all_written(store: Store):
    enter(store)
    add(store, 120)
    jobs = claim(store, 120)

    report = store.outcomes.record(
        ME, [outcome(job, response="y" * 65_000) for job in jobs]
    )

    assert len(report.recorded) == 120
    assert store.reads.counts().succeeded == 120


def test_a_kill_asked_for_ends_what_would_be_retried(store: Store):
    job = claimed_one(store)
    store.actions.kill(Seen(job.id), ACTOR)

    report = store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    assert report.recorded == ((job.id, ResultCode.KILLED),)
    assert store.reads.job(job.id).state is JobState.KILLED
    assert messages(store, job.id)[-1] == f"[JOBID {job.id}] Job killed by {ACTOR}"


def test_an_answer_that_was_complete_before_the_abort_wins(store: Store):
    job = claimed_one(store)
    store.actions.kill(Seen(job.id), ACTOR)

    store.outcomes.record(ME, [outcome(job)])

    assert store.reads.job(job.id).state is JobState.SUCCEEDED
    *_, late, last = messages(store, job.id)
    assert late == f"[JOBID {job.id}] Kill came too late"
    assert last == f"[JOBID {job.id}] succeeded: ok"


def test_an_aborted_call_ends_killed_with_the_name_of_who_asked(store: Store):
    job = claimed_one(store)
    store.actions.kill(Seen(job.id), ACTOR)
    line = LogLine(LogEvent.KILLED, f"[JOBID {job.id}] Job killed by {ACTOR}")

    store.outcomes.record(ME, [outcome(job, ResultCode.KILLED, None, log=(line,))])

    entry = store.reads.job_log(job.id)[-1]
    assert (entry.event, entry.actor) == ("killed", ACTOR)
    assert store.reads.job(job.id).kill_requested_by == ACTOR


def test_the_row_of_a_call_has_the_time_at_which_it_began(store: Store):
    job = claimed_one(store)

    store.outcomes.record(ME, [outcome(job, duration_ms=20_000)])

    called, ended = store.reads.job_log(job.id)[-2:]
    assert called.created_at is not None
    assert ended.created_at is not None
    took = ended.created_at - called.created_at
    assert timedelta(seconds=19) <= took <= timedelta(seconds=21)


# SQLite's times have milliseconds.
@pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
def test_a_short_call_does_not_begin_before_its_job_was_made(store: Store):
    job = claimed_one(store)

    store.outcomes.record(ME, [outcome(job, duration_ms=1)])

    moments = [entry.created_at for entry in store.reads.job_log(job.id)]
    assert None not in moments
    assert moments == sorted(moments)


def test_a_row_that_refuses_every_outcome_holds_up_no_other(store: Store):
    enter(store)
    first, second, third = add(store, 3)
    refuse_updates(store, second)
    jobs = claim(store)

    report = store.outcomes.record(ME, [outcome(job) for job in jobs])

    assert sorted(job_id for job_id, _ in report.recorded) == [first, third]
    ((stuck, why),) = report.stuck
    assert stuck == second
    assert "not this one" in why
    assert store.reads.job(second).state is JobState.RUNNING
    store.session.execute("DROP TRIGGER stubborn")
    again = store.outcomes.record(
        ME, [outcome(job) for job in jobs if job.id == second]
    )
    assert [job_id for job_id, _ in again.recorded] == [second]


def test_an_answer_that_cannot_be_stored_is_obeyed_all_the_same(store: Store):
    job = claimed_one(store)
    store.session.execute(_no_responses(store))
    url = "http://api.example.com/next"
    answered = outcome(
        job, ResultCode.TEMPORARY, "\u00e9", retry_delay_secs=7_200, url=url
    )

    report = store.outcomes.record(ME, [answered])

    ((refused, why),) = report.refused
    assert (refused, report.stuck) == (job.id, ())
    assert "no answers" in why
    after = store.reads.job(job.id)
    assert (after.url, after.retry_delay_secs) == (url, 7_200)
    assert (after.last_status_code, after.last_response) == (503, None)


def test_an_outcome_is_written_where_not_even_the_kind_of_its_error_can_be(
    store: Store,
):
    job = claimed_one(store)
    store.session.execute(_no_responses(store, "NEW.last_error IS NOT NULL"))

    report = store.outcomes.record(ME, [outcome(job, ResultCode.PERMANENT)])

    assert (report.recorded, report.stuck) == (((job.id, ResultCode.PERMANENT),), ())
    after = store.reads.job(job.id)
    assert (after.state, after.last_error) == (JobState.FAILED, None)


def _no_responses(store: Store, when: str = "NEW.last_response IS NOT NULL") -> str:
    rule = "CREATE TRIGGER fussy BEFORE UPDATE ON queued_job FOR EACH ROW"
    if store.session.server.startswith("SQLite"):
        return f"{rule} WHEN {when} BEGIN SELECT RAISE(ABORT, 'no answers'); END"
    what = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no answers'"
    return f"{rule} IF {when} THEN {what}; END IF"
