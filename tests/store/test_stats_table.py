"""The sums of a minute, and how little depends on them."""

import time
from collections.abc import Iterator

import pytest

from sq_console.config import DbSettings
from sq_console.errors import RowLocked, StoreError, StoreRefused
from sq_console.model import Finding, JobState, ResultCode, Sums
from sq_console.store import Store, open_store
from tests.store.jobs import ME, OTHER, add, claim, enter, outcome
from tests.store.old_tables import make_old_stats

pytestmark = pytest.mark.mostly_slow(2)

SERVERS = pytest.mark.parametrize("store_settings", ["mariadb", "mysql"], indirect=True)
ONE = Sums().with_one(ResultCode.SUCCEEDED, 12)
MEND = (
    "ALTER TABLE queued_job_stats MODIFY minute TIMESTAMP NOT NULL DEFAULT"
    " CURRENT_TIMESTAMP"
)


def counted(store: Store) -> int:
    return sum(minute.succeeded for minute in store.reads.minutes(5))


def test_each_kind_of_outcome_is_counted(store: Store):
    sums = Sums()
    for number, result in enumerate(ResultCode):
        sums = sums.with_one(result, 10 * number)

    store.stats.add(ME, sums)
    store.stats.add(OTHER, sums)

    minutes = store.reads.minutes(5)
    assert sum(minute.calls for minute in minutes) == 8
    assert sum(minute.succeeded for minute in minutes) == 2
    assert sum(minute.failed for minute in minutes) == 2
    assert sum(minute.retried for minute in minutes) == 2
    assert sum(minute.killed for minute in minutes) == 2
    assert sum(minute.duration_ms_sum for minute in minutes) == 120
    assert max(minute.duration_ms_max for minute in minutes) == 30


@SERVERS
def test_the_minute_does_not_move_on_a_table_of_an_old_server(store: Store):
    make_old_stats(store)

    for _ in range(20):
        store.stats.add(ME, ONE)

    seconds = store.session.rows("SELECT SECOND(minute) AS s FROM queued_job_stats")
    assert {row["s"] for row in seconds} == {0}
    assert counted(store) == 20


@SERVERS
def test_check_names_the_column_and_the_alter_that_mends_it(store: Store):
    make_old_stats(store)

    wrong = [finding for finding in store.admin.check() if not finding.ok]

    said = "queued_job_stats.minute has ON UPDATE: it moves by itself"
    assert wrong == [Finding(False, said, MEND)]
    store.admin.require()
    store.session.execute(MEND)
    assert all(finding.ok for finding in store.admin.check())


@SERVERS
def test_a_new_table_has_no_on_update_on_an_old_server(store: Store):
    store.session.execute("DROP TABLE queued_job_stats")
    store.session.execute("SET SESSION explicit_defaults_for_timestamp = 0")

    store.admin.create_schema()

    assert all(finding.ok for finding in store.admin.check())


@SERVERS
def test_the_log_of_the_ancestor_may_have_one(store: Store):
    store.session.execute(
        "ALTER TABLE queued_job_log MODIFY created_at TIMESTAMP NOT NULL"
        " DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
    )

    findings = store.admin.check()

    assert all(finding.ok for finding in findings)
    assert any("queued_job_log.created_at has ON UPDATE" in f.text for f in findings)


TROUBLES = [
    "DROP TABLE queued_job_stats",
    "ALTER TABLE queued_job_stats DROP COLUMN killed",
    "UPDATE queued_job_stats SET succeeded = 4294967295",
    "RENAME TABLE queued_job_stats TO kept_elsewhere",
]


@SERVERS
@pytest.mark.parametrize("trouble", TROUBLES)
def test_outcomes_are_recorded_whatever_is_wrong_with_the_sums(
    store: Store, trouble: str
):
    enter(store)
    store.stats.add(ME, ONE)
    store.session.execute(trouble)
    (job_id,) = add(store)

    store.admin.require()
    report = store.outcomes.record(ME, [outcome(job) for job in claim(store)])

    assert report.recorded == ((job_id, ResultCode.SUCCEEDED),)
    assert store.reads.job(job_id).state is JobState.SUCCEEDED
    with pytest.raises(StoreError):
        store.stats.add(ME, Sums(succeeded=2**32 - 1))


def test_without_the_table_jobs_are_processed_and_check_says_it(store: Store):
    store.session.execute("DROP TABLE queued_job_stats")

    store.admin.require()

    wrong = [finding.text for finding in store.admin.check() if not finding.ok]
    assert wrong == ["no table queued_job_stats"]
    with pytest.raises(StoreRefused):
        store.stats.add(ME, ONE)


@pytest.fixture
def holder(store_settings: DbSettings) -> Iterator[Store]:
    """Somebody else's connection."""
    opened = open_store(store_settings)
    yield opened
    opened.close()


@SERVERS
@pytest.mark.parametrize(
    "lock",
    ["LOCK TABLES queued_job_stats WRITE", "SELECT * FROM queued_job_stats FOR UPDATE"],
)
def test_a_lock_is_not_waited_for(store: Store, holder: Store, lock: str):
    store.stats.add(ME, ONE)
    holder.session.execute("BEGIN")
    holder.session.execute(lock)
    began = time.monotonic()

    with pytest.raises(RowLocked) as refused:
        store.stats.add(ME, ONE)

    assert time.monotonic() - began < 15
    assert str(refused.value).endswith(
        ": Lock wait timeout exceeded; try restarting transaction (1205)"
    )
    holder.session.execute("ROLLBACK")
    holder.session.execute("UNLOCK TABLES")
    store.stats.add(ME, ONE)
    assert counted(store) == 2
