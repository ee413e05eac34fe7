"""A server that reads SKIP LOCKED and does not skip: claims that meet read the same
rows. Each job is taken once all the same.
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import pytest

from sq_console.config import DbSettings
from sq_console.model import ClaimedJob, JobState, ResultCode, Seen
from sq_console.processor.status import Goal, Times
from sq_console.store import Store, open_store
from sq_console.store.assembly import assemble
from sq_console.store.engines.mysql.schema_check import MySQLAdmin
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.protocols import Params, Row
from tests.handler import HandlerServer
from tests.processor.run_processor import EventRecorder, processing
from tests.store.jobs import ACTOR, ME, OTHER, add, claim, enter, outcome

T = TypeVar("T")
pytestmark = [
    pytest.mark.mostly_slow(2),
    pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True),
]
JOBS = 600


class Unlocked(MySQLSession):
    """A session whose claims, releases and rescues lock nothing while they look.
    *between* is done after each such look.
    """

    def __init__(
        self, db: DbSettings, between: Callable[[], object] = lambda: None
    ) -> None:
        super().__init__(db)
        self._between = between

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        found = super().rows(sql.replace("{skip_locked}", ""), params)
        if "{skip_locked}" in sql:
            self._between()
        return found


def unlocked(
    db: DbSettings, between: Callable[[], object] = lambda: None, **more: object
) -> Store:
    """A store on such a server; what its `check` says of it is not asked."""
    session = Unlocked(db, between)
    return assemble(session, MySQLAdmin(session))


def test_claims_that_read_the_same_rows_take_each_job_once(
    store: Store, store_settings: DbSettings
):
    enter(store, ME)
    enter(store, OTHER)
    ids = add(store, 20)
    theirs: list[ClaimedJob] = []
    other = open_store(store_settings)

    def meanwhile() -> None:
        if not theirs:
            theirs.extend(claim(other, 7, processor_id=OTHER))

    first = unlocked(store_settings, meanwhile)

    ours = claim(first, 20)

    assert [job.id for job in theirs] == ids[:7]
    assert [job.id for job in ours] == ids[7:]
    assert len(store.claims.held_by(ME, await_commits=True)) == len(ours)
    first.close()
    other.close()


def test_three_processors_call_each_job_once(
    store: Store, store_settings: DbSettings
) -> None:
    call_all(store, store_settings, JOBS)


def call_all(store: Store, db: DbSettings, jobs: int) -> None:
    """Three processors in this process, on such a server, until all is done."""
    with HandlerServer() as handler:
        ids = add(store, jobs, url=handler.url("/ok"))
        recorder = EventRecorder()
        together = threading.Barrier(3)

        def run() -> None:
            together.wait(20)
            with processing(
                db,
                goal=Goal.UNTIL_EMPTY,
                times=Times(),
                recorder=recorder,
                open_store=lambda: unlocked(db),
                concurrency=50,
            ) as thread:
                assert thread.join(50)

        runs = [threading.Thread(target=run) for _ in range(3)]
        for each in runs:
            each.start()
        for each in runs:
            each.join()
        twice = {job: n for job, n in Counter(handler.calls).items() if n > 1}
        assert twice == {}
        assert set(handler.calls) == set(ids)
    assert store.reads.counts().succeeded == jobs


def test_a_job_killed_between_look_and_claim_is_not_claimed(
    store: Store, store_settings: DbSettings
):
    enter(store)
    doomed, good = add(store, 2)
    first = unlocked(store_settings, lambda: store.actions.kill(Seen(doomed), ACTOR))

    assert [job.id for job in claim(first)] == [good]
    assert store.reads.job(doomed).state is JobState.KILLED
    first.close()


def steal(store: Store, job_id: int) -> None:
    """Somebody else has rescued and claimed it."""
    store.session.execute(
        "UPDATE queued_job SET claimed_by = %s, attempts = attempts + 1 WHERE id = %s",
        (OTHER, job_id),
    )


def test_a_job_taken_over_between_look_and_release_is_not_given_back(
    store: Store, store_settings: DbSettings
):
    enter(store)
    enter(store, OTHER)
    stolen, good = add(store, 2)
    held = [job.claim for job in claim(store)]
    ours = unlocked(store_settings, lambda: steal(store, stolen))

    assert ours.claims.release(ME, held, "stopping") == 1

    assert store.reads.job(stolen).claimed_by == OTHER
    assert store.reads.job(good).state is JobState.PENDING
    ours.close()


def test_a_job_taken_over_between_look_and_rescue_is_not_rescued(
    store: Store, store_settings: DbSettings
):
    enter(store)
    stolen, good = add(store, 2)
    claim(store)
    store.processors.unregister(ME)
    enter(store, OTHER)
    taken: list[int] = []

    def meanwhile() -> None:
        if not taken:
            taken.append(stolen)
            steal(store, stolen)

    ours = unlocked(store_settings, meanwhile)

    assert [one.job_id for one in ours.rescuer.rescue("web9:9", 30)] == [good]
    assert store.reads.job(stolen).claimed_by == OTHER
    ours.close()


def test_an_outcome_of_a_job_taken_over_between_look_and_record_is_not_written(
    store: Store, store_settings: DbSettings
):
    enter(store)
    enter(store, OTHER)
    stolen, good = add(store, 2)
    jobs = claim(store)
    store.actions.kill(Seen(good), ACTOR)  # so that it looks before it writes
    taken: list[int] = []

    def meanwhile() -> None:
        if not taken:
            taken.append(stolen)
            steal(store, stolen)

    ours = unlocked(store_settings, meanwhile)

    report = ours.outcomes.record(ME, [outcome(job) for job in jobs])

    assert report.recorded == ((good, ResultCode.SUCCEEDED),)
    assert report.lost == (stolen,)
    assert store.reads.job(stolen).claimed_by == OTHER
    ours.close()


def test_a_processor_that_beats_between_look_and_delete_is_not_deleted(
    store: Store, store_settings: DbSettings
):
    enter(store, OTHER)
    store.session.execute("UPDATE queued_job_processor SET heartbeat_at = '2001-01-01'")
    ours = unlocked(
        store_settings,
        lambda: store.session.execute(
            "UPDATE queued_job_processor SET heartbeat_at = NOW(3)"
        ),
    )

    ours.rescuer.rescue("web9:9", 30)

    assert [row.id for row in store.reads.processors()] == [OTHER]
    ours.close()
