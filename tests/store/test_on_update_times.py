"""Tables whose times have an ON UPDATE: no statement of ours moves one of them unless
it means to.
"""

from collections.abc import Callable, Sequence

import pytest

from sq_console.model import (
    ClaimedJob,
    NewJob,
    ProcessorState,
    ResultCode,
    Seen,
    Wanted,
)
from sq_console.store import Store
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, outcome
from tests.store.old_tables import MOVING, make_times_move

pytestmark = [
    pytest.mark.mostly_slow(2),
    pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True),
]
LONG_AGO = "2020-01-02 03:04:05"
JOB = Seen(1)
Act = Callable[[Store, Sequence[ClaimedJob]], object]


def age(store: Store, *, kill_asked: bool) -> None:
    """Every time becomes an old one; a kill is asked for, or not."""
    for table, times in MOVING.items():
        values = dict.fromkeys(times, f"'{LONG_AGO}'")
        if not kill_asked and table == "queued_job":
            values["kill_requested_at"] = "NULL"
        sets = ", ".join(f"{name} = {value}" for name, value in values.items())
        store.session.execute(f"UPDATE {table} SET {sets}")


def moved(store: Store, table: str, row_id: int) -> set[str]:
    """Which times of the row are others than before."""
    names = ", ".join(f"CAST({name} AS CHAR) AS {name}" for name in MOVING[table])
    (row,) = store.session.rows(f"SELECT {names} FROM {table} WHERE id = %s", (row_id,))
    return {
        name
        for name, value in row.items()
        if value is not None and not str(value).startswith(f"b'{LONG_AGO}")
    }


def release(store: Store, jobs: Sequence[ClaimedJob]) -> None:
    assert (
        store.claims.release(ME, store.claims.held_by(ME, await_commits=True), "so")
        == 1
    )


def rescue(store: Store, jobs: Sequence[ClaimedJob]) -> None:
    store.session.execute("DELETE FROM queued_job_processor WHERE id = %s", (ME,))
    assert len(store.rescuer.rescue("web2:8", 30)) == 1


def lose_for_the_third_time(store: Store, jobs: Sequence[ClaimedJob]) -> None:
    keep = ", ".join(f"{name} = {name}" for name in MOVING["queued_job"])
    store.session.execute(f"UPDATE queued_job SET rescues = 2, {keep}")
    rescue(store, jobs)


def record(result: ResultCode) -> Act:
    def act(store: Store, jobs: Sequence[ClaimedJob]) -> None:
        made = store.claims.held_by(ME, await_commits=True)[0].created_at
        done = [outcome(job, result, created_at=made) for job in jobs]
        assert store.outcomes.record(ME, done).recorded

    return act


ENDED = {"last_finished_at"}


@pytest.mark.parametrize(
    ("act", "kill_asked", "meant"),
    [
        (release, False, set()),
        (release, True, ENDED),
        (rescue, False, set()),
        (rescue, True, ENDED),
        (lose_for_the_third_time, False, ENDED),
        (record(ResultCode.SUCCEEDED), False, ENDED),
        (record(ResultCode.TEMPORARY), False, {*ENDED, "run_at"}),
        (record(ResultCode.TEMPORARY), True, ENDED),
        (lambda s, _: s.actions.kill(JOB, ACTOR), False, {"kill_requested_at"}),
    ],
)
def test_what_is_done_to_a_running_job_moves_only_what_it_means_to(
    store: Store, act: Act, kill_asked: bool, meant: set[str]
):
    make_times_move(store)
    enter(store)
    add(store)
    jobs = claim(store)
    age(store, kill_asked=kill_asked)

    act(store, jobs)

    assert moved(store, "queued_job", JOB.job_id) == meant


@pytest.mark.parametrize(
    ("act", "meant"),
    [
        (lambda s: claim(s), {"last_started_at"}),
        (lambda s: s.actions.retry(JOB, ACTOR), {"run_at"}),
        (lambda s: s.actions.kill(JOB, ACTOR), {*ENDED, "kill_requested_at"}),
        (lambda s: s.actions.edit(JOB, NewJob("get", "http://h/"), ACTOR), set()),
        (
            lambda s: s.actions.edit(JOB, NewJob("get", "u", delay_secs=9), ACTOR),
            {"run_at"},
        ),
    ],
)
def test_what_is_done_to_a_pending_job_moves_only_what_it_means_to(
    store: Store, act: Callable[[Store], object], meant: set[str]
):
    make_times_move(store)
    enter(store)
    add(store)
    age(store, kill_asked=False)

    act(store)

    assert moved(store, "queued_job", JOB.job_id) == meant


def test_a_retry_of_a_failed_job_moves_only_its_due_time(store: Store):
    make_times_move(store)
    enter(store)
    add(store)
    record(ResultCode.PERMANENT)(store, claim(store))
    age(store, kill_asked=True)

    store.actions.retry(JOB, ACTOR)

    assert moved(store, "queued_job", JOB.job_id) == {"run_at"}
    assert store.reads.job(JOB.job_id).kill_requested_at is None


def test_a_beat_and_a_wish_move_no_other_time_of_a_processor(store: Store):
    make_times_move(store)
    enter(store)
    enter(store, OTHER, "web2:8")
    age(store, kill_asked=False)

    store.processors.beat(ME, 0, ProcessorState.RUNNING)
    store.actions.want(OTHER, Wanted.PAUSE, ACTOR)

    assert moved(store, "queued_job_processor", ME) == {"heartbeat_at"}
    assert moved(store, "queued_job_processor", OTHER) == set()
