"""A processor that stands still in the middle of a transaction keeps its locks; what
they may hold up, and for how long.
"""

import threading
import time
from collections.abc import Iterator

import pytest

from sq_console.config import DbSettings
from sq_console.errors import RowLocked, StoreUnavailable
from sq_console.model import JobState
from sq_console.store import Store, open_store
from sq_console.store.engines.mysql.session import MySQLSession
from sq_console.store.engines.mysql.watchdog import Timeouts
from tests.store.jobs import ME, OTHER, add, claim, enter, outcome
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize(
    "store_settings", ["mariadb", "mysql"], indirect=True
)
PROMPTLY_SECS = 2.0


@pytest.fixture
def stuck(store: Store, store_settings: DbSettings) -> Iterator[Store]:
    """The connection of the one that stands still. OTHER holds jobs 1 to 3 and has been
    silent for a minute.
    """
    enter(store)
    enter(store, OTHER)
    add(store, 3)
    claim(store, processor_id=OTHER)
    store.session.execute(
        "UPDATE queued_job_processor SET heartbeat_at = NOW(3) - INTERVAL 60 SECOND"
        " WHERE id = %s",
        (OTHER,),
    )
    opened = open_store(store_settings)
    opened.session.execute("BEGIN")
    yield opened
    opened.close()


def states(store: Store) -> list[JobState]:
    return [store.reads.job(job_id).state for job_id in (1, 2, 3)]


def test_a_locked_job_does_not_hold_up_the_rescue_of_others(store: Store, stuck: Store):
    stuck.session.rows("SELECT * FROM queued_job WHERE id = 2 FOR UPDATE")
    began = time.monotonic()

    rescued = store.rescuer.rescue("web1:7", 30)

    assert time.monotonic() - began < PROMPTLY_SECS
    assert [one.job_id for one in rescued] == [1, 3]
    assert states(store) == ["pending", "running", "pending"]


def test_the_locked_one_is_rescued_once_the_lock_is_gone(store: Store, stuck: Store):
    stuck.session.rows("SELECT * FROM queued_job WHERE id = 2 FOR UPDATE")
    store.rescuer.rescue("web1:7", 30)
    stuck.close()

    eventually(lambda: store.rescuer.rescue("web1:7", 30))
    assert states(store) == ["pending"] * 3


def test_one_that_stands_still_in_a_claim_holds_up_no_rescue(
    store: Store, stuck: Store
):
    (new,) = add(store)
    stuck.session.execute(
        "UPDATE queued_job SET claimed_by = %s, attempts = attempts + 1 WHERE id = %s"
        " AND EXISTS (SELECT 1 FROM queued_job_processor AS p WHERE p.id = %s)",
        (OTHER, new, OTHER),
    )
    began = time.monotonic()

    rescued = store.rescuer.rescue("web1:7", 30)

    assert time.monotonic() - began < PROMPTLY_SECS
    assert [one.job_id for one in rescued] == [1, 2, 3]
    stuck.session.execute("COMMIT")
    again = store.rescuer.rescue("web1:7", 30)
    assert [one.job_id for one in again] == [new]
    assert [row.id for row in store.reads.processors()] == [ME]
    assert [one.rescued for one in store.reads.lost_processors()] == [4]


def test_one_that_stands_still_as_it_counts_the_lost_holds_up_no_rescue(
    store: Store, stuck: Store
):
    """Its number is added when the lock is gone."""
    stuck.session.execute(
        "INSERT INTO queued_job_lost_processor (id, name, version, rescued)"
        " VALUES (%s, 'web2:8', '1', 7)",
        (OTHER,),
    )
    stuck.session.execute("COMMIT")
    stuck.session.execute("BEGIN")
    stuck.session.rows("SELECT * FROM queued_job_lost_processor FOR UPDATE")
    began = time.monotonic()

    rescued = store.rescuer.rescue("web1:7", 30)

    assert time.monotonic() - began < PROMPTLY_SECS
    assert len(rescued) == 3
    assert [row.id for row in store.reads.processors()] == [ME]
    stuck.session.execute("COMMIT")
    store.rescuer.rescue("web1:7", 30)
    assert [one.rescued for one in store.reads.lost_processors()] == [10]


def test_one_that_stands_still_in_a_record_holds_up_no_rescue(
    store: Store, stuck: Store
):
    stuck.session.execute("UPDATE queued_job SET claimed_by = NULL WHERE id < 4")
    began = time.monotonic()

    assert store.rescuer.rescue("web1:7", 30) == []

    assert time.monotonic() - began < PROMPTLY_SECS
    assert {row.id for row in store.reads.processors()} == {ME, OTHER}


@pytest.mark.slow
def test_one_that_stands_still_keeps_its_locks_for_seconds_only(
    store: Store, store_settings: DbSettings
):
    add(store)
    still = MySQLSession(store_settings, Timeouts(idle_secs=1))
    still.execute("BEGIN")
    still.rows("SELECT * FROM queued_job FOR UPDATE")

    if store.session.server.startswith("MariaDB"):
        still.execute("SET SESSION idle_transaction_timeout = 1")

    def is_free() -> bool:
        free = store.session.rows("SELECT * FROM queued_job FOR UPDATE SKIP LOCKED")
        return bool(free)

    assert not is_free()
    eventually(is_free, 5)


@pytest.mark.slow
def test_a_connection_that_was_idle_is_replaced_before_the_server_ends_it(
    store_settings: DbSettings,
):
    session = MySQLSession(store_settings, Timeouts(idle_secs=0.7))

    def number() -> object:
        return session.rows("SELECT CONNECTION_ID() AS n")[0]["n"]

    first = number()
    assert number() == first
    time.sleep(0.8)
    second = number()
    assert second != first
    assert number() == second
    session.disconnect()
    time.sleep(0.8)
    with pytest.raises(StoreUnavailable):
        number()


def test_what_is_ours_is_known_only_when_our_last_claim_has_committed(
    store: Store, store_settings: DbSettings
):
    """Its COMMIT may still be under way on a connection we have given up."""
    enter(store)
    add(store, 2)
    (held,) = claim(store, 1)
    given_up = open_store(store_settings)
    given_up.session.execute("BEGIN")
    given_up.session.execute(
        "UPDATE queued_job SET claimed_by = %s WHERE id = 2", (ME,)
    )
    found: list[int] = []

    asking = threading.Thread(
        target=lambda: found.extend(
            claim.job_id for claim in store.claims.held_by(ME, await_commits=True)
        )
    )
    asking.start()
    asking.join(0.5)
    assert asking.is_alive(), "it waits"
    given_up.session.execute("COMMIT")
    asking.join(5)
    given_up.close()

    assert found == [held.id, 2]


def test_a_row_that_somebody_keeps_locked_holds_up_no_other_outcome(
    store: Store, store_settings: DbSettings
):
    """As a BEGIN that was forgotten at some prompt does."""
    store.session.execute("SET SESSION innodb_lock_wait_timeout = 1")
    enter(store)
    add(store, 3)
    jobs = claim(store)
    forgotten = open_store(store_settings)
    forgotten.session.execute("BEGIN")
    forgotten.session.rows("SELECT * FROM queued_job WHERE id = 2 FOR UPDATE")

    report = store.outcomes.record(ME, [outcome(job) for job in jobs])

    assert [job_id for job_id, _ in report.recorded] == [1, 3]
    assert (report.locked, report.lost) == ((2,), ())
    began = time.monotonic()
    again = store.outcomes.record(ME, [outcome(jobs[1])])
    assert again.locked == (2,)
    assert time.monotonic() - began < PROMPTLY_SECS, "it is not waited for again"
    forgotten.session.execute("ROLLBACK")
    forgotten.close()
    report = store.outcomes.record(ME, [outcome(jobs[1])])
    assert [job_id for job_id, _ in report.recorded] == [2]


def test_a_row_locked_to_be_taken_over_makes_its_outcome_lose(
    store: Store, store_settings: DbSettings
):
    store.session.execute("SET SESSION innodb_lock_wait_timeout = 1")
    enter(store)
    add(store, 1)
    (job,) = claim(store)
    other = open_store(store_settings)
    other.session.execute("BEGIN")
    other.session.execute("UPDATE queued_job SET claimed_by = NULL WHERE id = 1")
    assert store.outcomes.record(ME, [outcome(job)]).locked == (1,)
    other.session.execute("COMMIT")
    other.close()

    assert store.outcomes.record(ME, [outcome(job)]).lost == (1,)


def test_a_locked_job_does_not_hold_up_the_release_of_others(
    store: Store, store_settings: DbSettings
):
    enter(store)
    add(store, 3)
    held = [job.claim for job in claim(store)]
    forgotten = open_store(store_settings)
    forgotten.session.execute("BEGIN")
    forgotten.session.rows("SELECT * FROM queued_job WHERE id = 2 FOR UPDATE")
    began = time.monotonic()

    assert store.claims.release(ME, held, "stopping") == 2

    assert time.monotonic() - began < PROMPTLY_SECS
    assert states(store) == ["pending", "running", "pending"]
    forgotten.close()


@pytest.mark.slow
def test_what_is_ours_is_known_too_while_somebody_keeps_a_row_of_it_locked(
    store: Store, store_settings: DbSettings
):
    store.session.execute("SET SESSION innodb_lock_wait_timeout = 1")
    enter(store)
    add(store, 2)
    claim(store)
    forgotten = open_store(store_settings)
    forgotten.session.execute("BEGIN")
    forgotten.session.rows("SELECT * FROM queued_job WHERE id = 2 FOR UPDATE")

    with pytest.raises(RowLocked):
        store.claims.held_by(ME, await_commits=True)
    assert [
        claim.job_id for claim in store.claims.held_by(ME, await_commits=False)
    ] == [1, 2]
    forgotten.close()
