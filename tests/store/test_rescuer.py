"""Heartbeats and rescue, on every kind of store."""

from datetime import timedelta

from sq_console.model import JobState, ProcessorState, ResultCode, Seen, Wanted
from sq_console.store import Store
from sq_console.store.lost_processors import LostProcessorTable
from sq_console.store.rows import stamp
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

DEAD_SECS = 30.0


def grow_old(store: Store, processor_id: int = ME) -> None:
    store.session.execute(
        "UPDATE queued_job_processor SET heartbeat_at = '2001-01-01 00:00:00'"
        " WHERE id = %s",
        (processor_id,),
    )


def test_a_processor_enters_beats_and_leaves(store: Store):
    enter(store)
    assert store.processors.beat(ME, 3, ProcessorState.PAUSED)
    assert store.processors.beat(ME, 3, ProcessorState.PAUSED), (
        "same values, same second"
    )

    (row,) = store.reads.processors()
    assert (row.id, row.name, row.concurrency, row.running) == (ME, "web1:7", 50, 3)
    assert (row.state, row.wanted, row.alive) == ("paused", "run", True)
    assert 0 <= row.heartbeat_age_secs < 5

    store.processors.unregister(ME)
    assert store.reads.processors() == []
    assert not store.processors.beat(ME, 0, ProcessorState.RUNNING)
    assert store.processors.control(ME).wanted is None


def test_a_living_processor_keeps_its_jobs(store: Store):
    enter(store)
    add(store)
    claim(store)

    assert store.rescuer.rescue("web2:8", DEAD_SECS) == []


def test_what_a_dead_processor_held_is_pending_again_and_nothing_is_charged(
    store: Store,
):
    enter(store)
    (job_id,) = add(store, retry_delay_secs=0)
    (job,) = claim(store)
    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])
    due = store.reads.job(job_id).run_at
    claim(store)
    grow_old(store)

    (rescued,) = store.rescuer.rescue("web2:8", DEAD_SECS)

    assert (rescued.job_id, rescued.attempt) == (job_id, 2)
    assert rescued.state is JobState.PENDING
    after = store.reads.job(job_id)
    assert (after.state, after.remaining_retries) == (JobState.PENDING, 5)
    assert (after.attempts, after.rescues, after.run_at) == (2, 1, due)
    assert messages(store, job_id)[-1].endswith("Job rescued: processor web1:7 lost")
    assert store.reads.processors() == []


def test_a_claim_without_a_processor_is_rescued_too(store: Store):
    enter(store)
    (job_id,) = add(store)
    claim(store)
    store.processors.unregister(ME)

    assert [one.job_id for one in store.rescuer.rescue("x", DEAD_SECS)] == [job_id]


def test_a_rescued_job_no_longer_takes_the_dead_ones_outcome(store: Store):
    enter(store)
    enter(store, OTHER, "web2:8")
    add(store)
    (job,) = claim(store)
    grow_old(store)
    store.rescuer.rescue("web2:8", DEAD_SECS)
    (again,) = claim(store, processor_id=OTHER) or claim(store, processor_id=OTHER)

    assert store.outcomes.record(ME, [outcome(job)]).lost == (job.id,)
    assert store.reads.job(job.id).claimed_by == OTHER
    assert again.attempt == job.attempt + 1


def test_the_third_rescue_ends_a_job(store: Store):
    (job_id,) = add(store)
    states = []
    for _ in range(3):
        enter(store)
        assert claim(store) or claim(store)
        grow_old(store)
        (rescued,) = store.rescuer.rescue("web2:8", DEAD_SECS)
        states.append(rescued.state)

    assert states == [JobState.PENDING, JobState.PENDING, JobState.FAILED]
    job = store.reads.job(job_id)
    assert (job.state, job.last_error, job.result_code) == (
        JobState.FAILED,
        "processor lost",
        1,
    )


def test_an_outcome_or_a_retry_starts_the_count_of_rescues_again(store: Store):
    (job_id,) = add(store, retry_delay_secs=0)
    enter(store)
    claim(store)
    grow_old(store)
    store.rescuer.rescue("x", DEAD_SECS)
    enter(store)
    (job,) = claim(store) or claim(store)
    store.outcomes.record(ME, [outcome(job, ResultCode.TEMPORARY)])

    assert store.reads.job(job_id).rescues == 0


def test_a_rescued_job_whose_kill_was_asked_for_ends_killed(store: Store):
    enter(store)
    (job_id,) = add(store)
    claim(store)
    store.actions.kill(Seen(job_id), ACTOR)
    grow_old(store)

    (rescued,) = store.rescuer.rescue("x", DEAD_SECS)

    assert rescued.state is JobState.KILLED
    assert messages(store, job_id)[-1] == f"[JOBID {job_id}] Job killed by {ACTOR}"


def test_many_jobs_are_rescued_at_once(store: Store):
    enter(store)
    ids = add(store, 250)
    assert len(claim(store, 250)) == 250
    grow_old(store)

    rescued = store.rescuer.rescue("x", DEAD_SECS)

    assert sorted(one.job_id for one in rescued) == ids
    assert store.reads.counts().due == 250


def test_control_tells_holds_and_survives_words_it_does_not_know(store: Store):
    enter(store)
    store.session.execute(
        "INSERT INTO queued_job_hold (host, who) VALUES ('ü.example.com', 'bob')"
    )
    store.session.execute("UPDATE queued_job_processor SET wanted = 'fly'")

    control = store.processors.control(ME)

    assert control.holds == {"ü.example.com"}
    assert control.wanted is Wanted.RUN
    assert [hold.host for hold in store.reads.holds()] == ["ü.example.com"]


def test_a_processor_known_to_be_dead_is_rescued_without_waiting(store: Store):
    enter(store)
    enter(store, OTHER, "web2:8")
    jobs = add(store, 250)
    (kept,) = add(store)
    claim(store, 250)
    claim(store, 1, OTHER)

    rescued = store.rescuer.rescue_processor(ME, "web2:8")

    assert sorted(one.job_id for one in rescued) == jobs
    assert {one.processor for one in rescued} == {"web1:7"}
    assert messages(store, jobs[0])[-1].endswith("Job rescued: processor web1:7 lost")
    assert [row.name for row in store.reads.processors()] == ["web2:8"]
    assert store.reads.job(kept).state is JobState.RUNNING
    assert store.rescuer.rescue_processor(ME, "web2:8") == []


def lost(store: Store) -> list[tuple[str, int]]:
    """Name and rescued jobs of each lost processor."""
    return [(one.name, one.rescued) for one in store.reads.lost_processors()]


def test_a_dead_processor_is_lost_with_what_was_rescued_from_it(store: Store):
    enter(store)
    enter(store, OTHER, "web2:8")
    add(store, 250)
    claim(store, 250)
    died = store.reads.now() - timedelta(minutes=2)
    store.session.execute(
        "UPDATE queued_job_processor SET heartbeat_at = %s WHERE id = %s",
        (stamp(died), ME),
    )
    assert lost(store) == []

    store.rescuer.rescue("web2:8", DEAD_SECS)

    (one,) = store.reads.lost_processors()
    assert (one.id, one.name, one.concurrency) == (ME, "web1:7", 50)
    assert one.rescued == 250, "in batches of a hundred"
    assert one.since == one.heartbeat_at
    assert one.since is not None
    assert abs(one.since - died) < timedelta(seconds=1)
    assert one.lost_at is not None
    assert one.lost_at - died > timedelta(seconds=100)


def test_one_without_jobs_is_lost_too(store: Store):
    enter(store)
    grow_old(store)

    store.rescuer.rescue("web2:8", DEAD_SECS)

    assert lost(store) == [("web1:7", 0)]


def test_one_that_leaves_is_not_lost(store: Store):
    enter(store)
    store.processors.unregister(ME)

    store.rescuer.rescue("web2:8", DEAD_SECS)
    store.rescuer.rescue_processor(ME, "web2:8")

    assert lost(store) == []


def test_what_was_rescued_from_one_that_left_is_not_kept_to_be_counted(store: Store):
    """It would be tried again with every rescue, for ever."""
    enter(store)
    add(store)
    claim(store)
    store.processors.unregister(ME)

    assert len(store.rescuer.rescue("web2:8", DEAD_SECS)) == 1

    assert LostProcessorTable(store.session).add_rescued({ME: 1}) == {}
    assert lost(store) == []


def test_one_known_to_be_dead_keeps_the_heartbeat_it_had(store: Store):
    enter(store)
    add(store, 3)
    claim(store)

    store.rescuer.rescue_processor(ME, "web2:8")

    (one,) = store.reads.lost_processors()
    assert one.rescued == 3
    assert one.since is not None
    assert store.reads.now() - one.since < timedelta(minutes=1)


def test_one_that_lives_again_is_not_lost(store: Store):
    """It stood still: some of its jobs were rescued, but not its last."""
    enter(store)
    (job_id,) = add(store)
    claim(store)
    refuse_updates(store, job_id)
    grow_old(store)
    store.rescuer.rescue("web2:8", DEAD_SECS)
    store.session.execute("DROP TRIGGER stubborn")

    assert store.processors.beat(ME, 1, ProcessorState.RUNNING)

    assert lost(store) == []
    assert [row.alive for row in store.reads.processors()] == [True]


def test_a_job_claimed_as_its_processor_was_deleted_is_counted_as_well(store: Store):
    enter(store)
    grow_old(store)
    store.rescuer.rescue("web2:8", DEAD_SECS)
    add(store, 2)
    store.session.execute("UPDATE queued_job SET claimed_by = %s", (ME,))

    store.rescuer.rescue("web2:8", DEAD_SECS)

    assert lost(store) == [("web1:7", 2)]


def test_the_lost_are_forgotten_after_a_day(store: Store):
    for processor_id, name in ((ME, "web1:7"), (OTHER, "web2:8")):
        enter(store, processor_id, name)
        grow_old(store, processor_id)
    store.rescuer.rescue("x", DEAD_SECS)
    store.session.execute(
        "UPDATE queued_job_lost_processor SET lost_at = '2020-01-01' WHERE id = %s",
        (ME,),
    )

    assert lost(store) == [("web2:8", 0)]
    store.rescuer.rescue("x", DEAD_SECS)
    count = "SELECT COUNT(*) AS n FROM queued_job_lost_processor"
    assert store.session.rows(count)[0]["n"] == 1


def test_jobs_are_rescued_although_no_processor_can_be_noted_as_lost(store: Store):
    enter(store)
    ids = add(store, 3)
    claim(store)
    store.session.execute("DROP TABLE queued_job_lost_processor")
    grow_old(store)

    rescued = store.rescuer.rescue("web2:8", DEAD_SECS)

    assert [one.job_id for one in rescued] == ids
    assert store.reads.counts().due == 3
    assert store.reads.processors() == []
