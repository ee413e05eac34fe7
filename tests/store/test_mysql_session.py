"""What only MySQL and MariaDB can do to us: locks, lost connections, character sets."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreRefused, StoreUnavailable
from sq_console.model import ClaimRequest, JobState, LogEvent, LogLine, ResultCode
from sq_console.store import Store, open_store
from sq_console.store.lane import StoreLane
from tests.store.jobs import ME, OTHER, add, claim, enter, outcome
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize(
    "store_settings", ["mariadb", "mysql"], indirect=True
)

ANCESTOR = """
CREATE TABLE queued_job (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  organization_id bigint unsigned NULL, http_method varchar(10) NOT NULL,
  url text NOT NULL, body mediumtext, timeout_secs int NOT NULL DEFAULT 60,
  last_started_at timestamp NULL, last_finished_at timestamp NULL, last_response text,
  result_code int, remaining_retries int NOT NULL DEFAULT 10,
  retry_delay_secs int NOT NULL DEFAULT 60
) DEFAULT CHARSET=latin1"""


@pytest.fixture
def second(store: Store, store_settings: DbSettings) -> Iterator[Store]:
    """Another connection to the same database."""
    opened = open_store(store_settings)
    yield opened
    opened.close()


def test_an_open_claim_holds_up_neither_claims_nor_producers(
    store: Store, second: Store
):
    enter(store)
    enter(store, OTHER)
    add(store, 200)
    taken: list[int] = []

    def work() -> None:
        taken.extend(job.id for job in store.claims.claim(ME, request))
        others = [job.id for job in claim(second, 5, OTHER)]
        assert len(others) == 5
        assert not set(others) & set(taken)
        add(second)

    request = ClaimRequest(5)
    store.session.transact(work)
    assert len(taken) == 5


def test_the_claim_runs_along_its_key_without_sorting(store: Store):
    add(store, 50)
    plan = [f.text for f in store.admin.check() if f.text.startswith("the claim")]
    assert plan
    assert "uses key claim" in plan[0]
    assert "filesort" not in plan[0]


def test_sessions_are_read_committed_utc_and_strict(store: Store):
    name = "transaction_isolation"
    if store.session.server.startswith("MariaDB"):
        name = "tx_isolation"
    (row,) = store.session.rows(
        f"SELECT @@{name} AS i, @@time_zone AS z, @@sql_mode AS m"
    )
    assert row["i"] == b"READ-COMMITTED"
    assert row["z"] == b"+00:00"
    assert b"STRICT_TRANS_TABLES" in bytes(row["m"])  # type: ignore[arg-type]


def test_a_connection_that_was_killed_is_reported_and_the_lane_makes_a_new_one(
    store: Store, store_settings: DbSettings
):
    lane = StoreLane(lambda: open_store(store_settings), "test")
    (row,) = lane.run_blocking(lambda s: s.session.rows("SELECT CONNECTION_ID() AS id"))
    store.session.execute("KILL CONNECTION %s", (row["id"],))

    def gone() -> bool:
        try:
            lane.run_blocking(lambda s: s.reads.now())
        except StoreUnavailable:
            return True
        return False

    eventually(gone)
    assert lane.run_blocking(lambda s: s.reads.counts()).due == 0
    lane.shut_down()


def test_a_deadlock_is_run_again_whole(store: Store, second: Store):
    add(store, 2)
    barrier = threading.Barrier(2, timeout=10)
    waits = threading.local()
    update = "UPDATE queued_job SET priority = priority + 1 WHERE id = %s"

    def cross(mine: Store, first: int, then: int) -> None:
        def work() -> None:
            mine.session.execute(update, (first,))
            if not getattr(waits, "done", False):
                waits.done = True
                barrier.wait()
            mine.session.execute(update, (then,))

        mine.session.transact(work)

    other = threading.Thread(target=cross, args=(second, 2, 1))
    other.start()
    cross(store, 1, 2)
    other.join()

    assert [store.reads.job(job_id).priority for job_id in (1, 2)] == [2, 2]


@pytest.mark.parametrize("charset", ["latin1", "utf8mb3", "ascii"])
def test_answers_are_fitted_to_the_columns_character_set(
    store: Store, store_settings: DbSettings, charset: str
):
    for table in ("queued_job", "queued_job_log"):
        store.session.execute(f"ALTER TABLE {table} CONVERT TO CHARACTER SET {charset}")
    enter(store)
    add(store)
    fitted = open_store(store_settings)
    (job,) = claim(fitted)

    report = fitted.outcomes.record(ME, [outcome(job, response="naïve 😀 ok")])
    fitted.close()

    assert report.refused == ()
    kept = store.reads.job(job.id).last_response or ""
    assert kept.startswith("na")
    assert kept.endswith(" ok")
    assert "😀" not in kept


def test_bytes_that_are_no_text_break_nothing(store: Store):
    enter(store)
    store.session.execute(
        "ALTER TABLE queued_job MODIFY body BLOB, MODIFY last_error BLOB"
    )
    store.session.execute(
        "INSERT INTO queued_job (http_method, url, body, last_error)"
        " VALUES ('post', 'http://h/', X'FF00FE', X'61FF')"
    )

    (job,) = claim(store)

    assert job.body == b"\xff\x00\xfe"
    assert store.reads.job(job.id).last_error == "a\ufffd"
    assert store.reads.counts().running == 1


def test_a_zero_date_is_no_time(store: Store):
    add(store)
    store.session.execute("SET SESSION sql_mode = ''")
    store.session.execute(
        "UPDATE queued_job SET last_finished_at = '0000-00-00 00:00:00'"
    )
    assert store.reads.job(1).last_finished_at is None


def test_one_refused_outcome_does_not_hold_up_its_batch(store: Store):
    enter(store)
    add(store, 3)
    jobs = claim(store)
    bad = outcome(jobs[1], status_code=-70_000)

    report = store.outcomes.record(ME, [outcome(jobs[0]), bad, outcome(jobs[2])])

    assert {job_id for job_id, _ in report.recorded} == {job.id for job in jobs}
    assert [job_id for job_id, _ in report.refused] == [jobs[1].id]
    assert store.reads.counts().running == 0


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("character", ["x", "\x01", '"', "'", "😀"])
def test_no_statement_is_longer_than_a_megabyte(
    store: Store, store_settings: DbSettings, character: str
):
    """Who takes no more at once hangs up on it: it would be sent again for ever."""
    enter(store)
    add(store, 30)
    before = store.session.rows("SELECT @@GLOBAL.max_allowed_packet AS n")[0]["n"]
    store.session.execute("SET GLOBAL max_allowed_packet = 1048576")
    narrow = open_store(store_settings)
    store.session.execute("SET GLOBAL max_allowed_packet = %s", (before,))
    long = character * (65_535 // len(character.encode()))
    line = LogLine(LogEvent.SUCCEEDED, long)

    outcomes = [outcome(job, response=long, log=(line,)) for job in claim(narrow, 30)]
    report = narrow.outcomes.record(ME, outcomes)
    narrow.close()

    assert len(report.recorded) == 30
    assert report.refused == ()


def test_the_ancestors_table_is_recognised_and_not_changed(
    store: Store, store_settings: DbSettings
):
    store.session.execute("DROP TABLE queued_job")
    store.session.execute(ANCESTOR)

    with pytest.raises(StoreRefused, match="queued_job is there, but lacks created_at"):
        store.admin.create_schema()
    bad = [finding.text for finding in store.admin.check() if not finding.ok]
    assert any("lacks the columns" in text for text in bad)


def test_a_wrong_password_is_one_line_with_advice(store_settings: DbSettings):

    with pytest.raises(
        StoreUnavailable, match="check \\[db\\] user and passwd"
    ) as caught:
        open_store(replace(store_settings, user="nobody", passwd="s3cret"))
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_server_is_one_line(store_settings: DbSettings):
    gone = DbSettings(host="127.0.0.1", port=1, user="x", db="y")
    with pytest.raises(StoreUnavailable, match=r"cannot connect to x@127\.0\.0\.1:1/y"):
        open_store(gone)


def test_a_view_or_other_engine_is_found_by_check(store: Store):
    store.session.execute("ALTER TABLE queued_job_log ENGINE=MyISAM")
    bad = [finding.text for finding in store.admin.check() if not finding.ok]
    assert bad == ["table queued_job_log is kept by MyISAM"]


def test_a_succeeded_outcome_leaves_the_table_consistent(store: Store):
    enter(store)
    add(store)
    (job,) = claim(store)
    store.outcomes.record(ME, [outcome(job, ResultCode.SUCCEEDED)])
    (row,) = store.session.rows("SELECT state FROM queued_job")
    assert row["state"] == JobState.SUCCEEDED.value.encode()
