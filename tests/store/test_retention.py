"""Old rows are deleted, and nothing else: compared with a model of what should be left,
for rows in all states and of all ages.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreUnavailable
from sq_console.model import (
    BulkRequest,
    BulkVerb,
    JobFilter,
    PruneCut,
    Pruned,
    PruneKind,
    ResultCode,
    Retention,
    Seen,
)
from sq_console.rules.upkeep.prune_pace import cuts_of
from sq_console.store import Store, open_store, rows
from sq_console.store.assembly import assemble
from sq_console.store.protocols import Row
from sq_console.store.retention import old_jobs, whole_rows
from sq_console.store.retention.work import DutyReport
from tests.store.jobs import ACTOR, ME, add, enter, run_to

DAY = 86_400.0
RETENTION = Retention(
    succeeded=7 * DAY, failed=90 * DAY, killed=30 * DAY, set_aside=60 * DAY
)
UNFINISHED = ("pending", "running")
ADD_JOB = """
INSERT INTO queued_job (http_method, url, timeout_secs, result_code, remaining_retries,
  claimed_by, set_aside_at, last_finished_at, created_at, run_at)
VALUES ('post', 'http://a.example/', 60, %s, %s, %s, %s, %s, %s, %s)"""
ADD_LOG = "INSERT INTO queued_job_log (job_id, msg, created_at) VALUES (%s, %s, %s)"
JOBS = "SELECT id, state, last_finished_at FROM queued_job ORDER BY id"
LOG = "SELECT id, job_id, created_at FROM queued_job_log ORDER BY id"


def ago(store: Store, days: float) -> str:
    return rows.stamp(store.reads.now() - timedelta(days=days))


def fill(store: Store, seed: int, count: int) -> None:
    """Jobs as an application, an operator or a broken program may leave them."""
    chance = random.Random(seed)
    for _ in range(count):
        finished_days = chance.choice([None, 0, 1, 6.9, 7.1, 31, 59, 61, 89, 91, 400])
        finished = None if finished_days is None else ago(store, finished_days)
        made = ago(store, chance.choice([0, 8, 100, 500]))
        result_code = chance.choice([None, 0, 0, 1, 2, 2, 3, 7])
        claimed_by = chance.choice([None, None, None, ME])
        set_aside = chance.choice([None, ago(store, 1)])
        params = (
            *(result_code, chance.choice([0, 0, 3]), claimed_by, set_aside),
            *(finished, made, made),
        )
        job_id = store.session.insert(ADD_JOB, params)
        for number in range(chance.choice([0, 1, 2, 5])):
            store.session.execute(ADD_LOG, (job_id, f"row {number}", made))


def kept_by_the_model(jobs: Sequence[Row], now: datetime) -> list[int]:
    kept = []
    for row in jobs:
        state = rows.as_text(row["state"])
        ended = rows.moment(row["last_finished_at"])
        secs = None if state in UNFINISHED else getattr(RETENTION, state)
        if secs is None or ended is None or ended >= now - timedelta(seconds=secs):
            kept.append(rows.whole(row["id"]))
    return kept


def prune(store: Store, retention: Retention, **how: object) -> Pruned:
    run = store.retention.run(cuts_of(retention, store.reads.now()), ACTOR)
    while not run.is_over:
        assert run.prune_batch(**how) is None  # type: ignore[arg-type]
    return run.deleted


def ids(store: Store, sql: str = JOBS) -> list[int]:
    return [rows.whole(row["id"]) for row in store.session.rows(sql)]


@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_deleted_is_what_the_retention_says(store: Store, seed: int) -> None:
    fill(store, seed, 150)
    before = store.session.rows(JOBS)
    kept = kept_by_the_model(before, store.reads.now())
    states = {row["id"]: rows.as_text(row["state"]) for row in before}
    unfinished = [i for i, state in states.items() if state in UNFINISHED]
    assert 30 < len(unfinished) < len(kept) < len(before) - 20

    pruned = prune(store, RETENTION)

    assert ids(store) == kept
    assert {*map(rows.whole, unfinished)} <= set(ids(store))
    log_of = {rows.whole(row["job_id"]) for row in store.session.rows(LOG)}
    assert log_of <= set(kept)
    assert sum(pruned[kind] for kind in PruneKind if kind is not PruneKind.LOG) == (
        len(before) - len(kept)
    )


def test_counting_says_what_pruning_then_does_and_deletes_nothing(store: Store) -> None:
    fill(store, 3, 80)
    before = ids(store)

    *_, counted = store.retention.count_old(cuts_of(RETENTION, store.reads.now()))

    assert ids(store) == before
    pruned = prune(store, RETENTION)
    del pruned[PruneKind.LOG]
    assert {k: n for k, n in pruned.items() if n} == {
        k: n for k, n in counted.items() if n
    }


def test_without_a_setting_nothing_is_pruned(store: Store) -> None:
    fill(store, 4, 40)
    before = ids(store)

    assert not Retention().is_on
    assert prune(store, Retention()).total() == 0
    assert ids(store) == before


def test_a_job_that_was_retried_after_the_look_stays_with_its_log(store: Store) -> None:
    enter(store)
    retried = old_failure(store)
    gone = old_failure(store)
    cut = PruneCut(PruneKind.FAILED, store.reads.now() - timedelta(days=90))
    jobs = old_jobs.OldJobs(store.session)
    found, _ = jobs.page(cut, old_jobs.EndedPlace(), 10)
    assert found == [retried, gone]
    log = len(store.reads.job_log(retried))

    assert store.actions.retry(Seen(retried), ACTOR).done
    deleted = store.session.transact(lambda: jobs.delete(cut, found, None))

    assert deleted.pruned[PruneKind.FAILED] == 1
    assert ids(store) == [retried]
    assert len(store.reads.job_log(retried)) == log + 1


def test_a_job_that_was_retried_and_has_failed_again_is_young(store: Store) -> None:
    enter(store)
    job_id = old_failure(store)
    cut = PruneCut(PruneKind.FAILED, store.reads.now() - timedelta(days=90))
    jobs = old_jobs.OldJobs(store.session)
    found, _ = jobs.page(cut, old_jobs.EndedPlace(), 10)

    now = ago(store, 0)
    store.session.execute("UPDATE queued_job SET last_finished_at = %s", (now,))

    assert not store.session.transact(
        lambda: jobs.delete(cut, found, None)
    ).pruned.total()
    assert ids(store) == [job_id]


def test_jobs_that_ended_in_the_same_second_are_all_met(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sq_console.store.retention.pruner.FIRST_BATCH", 7)
    monkeypatch.setattr(
        "sq_console.store.retention.pruner.next_batch", lambda size, _: size
    )
    ended = ago(store, 8)[:19]
    for _ in range(40):
        params = (0, 5, None, None, ended, ended, ended)
        store.session.execute(ADD_JOB, params)
    young = store.session.insert(
        ADD_JOB, (0, 5, None, None, ago(store, 0), ended, ended)
    )
    store = reopened(store)

    assert prune(store, Retention(succeeded=7 * DAY))[PruneKind.SUCCEEDED] == 40
    assert ids(store) == [young]


def reopened(store: Store) -> Store:
    """The same session, with new parts."""
    return assemble(store.session, store.admin)


def test_a_long_log_goes_in_pieces_and_its_job_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_jobs, "MOST_LOG_ROWS", 10)
    ended = ago(store, 8)
    params = (0, 5, None, None, ended, ended, ended)
    long, short, last = (store.session.insert(ADD_JOB, params) for _ in range(3))
    for job_id, number in ((long, 35), (short, 2), (last, 9)):
        for _ in range(number):
            store.session.execute(ADD_LOG, (job_id, "row", ended))

    run = store.retention.run(
        cuts_of(Retention(succeeded=7 * DAY), store.reads.now()), ACTOR
    )
    left = []
    while not run.is_over:
        run.prune_batch()
        left.append(len(ids(store)))

    assert left[:3] == [3, 3, 3]
    assert left[-1] == 0
    assert ids(store, LOG) == []
    assert run.deleted == Pruned({PruneKind.SUCCEEDED: 3, PruneKind.LOG: 46})


def test_the_log_of_what_stays_is_pruned_by_its_age_but_not_of_unfinished_jobs(
    store: Store,
) -> None:
    old, young = ago(store, 31), ago(store, 1)
    made = (old, old, old)
    finished = store.session.insert(ADD_JOB, (0, 5, None, None, *made))
    waiting = store.session.insert(ADD_JOB, (2, 5, None, None, *made))
    running = store.session.insert(ADD_JOB, (None, 5, ME, None, *made))
    log: dict[tuple[int, str], int] = {}
    for at in (old, young):
        for job_id in (finished, waiting, running, 0, 999):
            log[job_id, at] = store.session.insert(ADD_LOG, (job_id, "row", at))

    pruned = prune(store, Retention(log=30 * DAY))

    assert pruned == Pruned({PruneKind.LOG: 3})
    gone = {log[job_id, old] for job_id in (finished, 0, 999)}
    assert set(ids(store, LOG)) == set(log.values()) - gone
    assert ids(store) == [finished, waiting, running]


def test_activity_and_ended_bulk_actions_are_pruned_by_their_age(store: Store) -> None:
    enter(store)
    run_to(store, ResultCode.PERMANENT)
    request = BulkRequest(BulkVerb.RETRY, JobFilter(host="api.example.com"))
    bulk_id = store.bulk.create(request, ACTOR, 1)
    while store.bulk.work_batch("me"):
        pass
    for table, column in (
        ("queued_job_activity", "created_at"),
        ("queued_job_bulk", "ended_at"),
        ("queued_job_bulk", "created_at"),
    ):
        store.session.execute(f"UPDATE {table} SET {column} = '2001-01-01 00:00:00'")

    pruned = prune(store, Retention(activity=400 * DAY))

    assert pruned[PruneKind.ACTIVITY] > 0
    assert pruned[PruneKind.BULK] == 1
    assert store.bulk.show(bulk_id) is None
    assert [one.action for one in store.activity.newest(10)] == ["prune"]


def test_while_a_bulk_action_is_under_way_nothing_is_deleted(store: Store) -> None:
    enter(store)
    old_failure(store)
    request = BulkRequest(BulkVerb.RETRY, JobFilter(host="api.example.com"))
    bulk_id = store.bulk.create(request, ACTOR, 1)
    failed = Retention(failed=90 * DAY)
    run = store.retention.run(cuts_of(failed, store.reads.now()), ACTOR)

    assert run.prune_batch() == bulk_id
    assert len(ids(store)) == 1
    store.bulk.stop(bulk_id, ACTOR)
    assert run.prune_batch() == bulk_id  # its rest is being counted
    while store.bulk.work_batch("me"):
        pass
    assert run.prune_batch() is None
    assert ids(store) == []


def test_a_run_leaves_one_exact_row_of_activity(store: Store) -> None:
    fill(store, 5, 120)

    pruned = prune(store, RETENTION)

    (row,) = store.activity.newest(10)
    jobs = sum(pruned[kind] for kind in PruneKind if kind is not PruneKind.LOG)
    assert (row.who, row.action, row.jobs) == (ACTOR, "prune", jobs)
    assert row.note == f"{jobs} jobs, {pruned[PruneKind.LOG]} log rows removed"


def test_whole_rows_are_handed_on_before_they_go(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_rows, "PIECE_CHARS", 70_000)
    monkeypatch.setattr(whole_rows, "ROWS_AT_ONCE", 2)
    bodies = [b"", b"caf\xc3\xa9 %s {x}", None, b"x" * 200_000]
    ended = ago(store, 8)
    kept: dict[int, bytes | None] = {}
    for body in bodies:
        (job_id,) = add(store, body=body)
        kept[job_id] = body
    store.session.execute(
        "UPDATE queued_job SET result_code = 0, last_finished_at = %s", (ended,)
    )
    taken: list[tuple[str, Row]] = []
    there: list[int] = []

    class Taken:
        def write_rows(self, table: str, found: Sequence[Row]) -> None:
            taken.extend((table, row) for row in found)

        def sync(self) -> None:
            there.append(len(ids(store)))

    prune(store, Retention(succeeded=7 * DAY), sink=Taken())

    assert {*there} == {4}
    jobs = {rows.whole(row["id"]): row for table, row in taken if table == "queued_job"}
    assert {i: row["body"] for i, row in jobs.items()} == kept
    assert set(jobs[min(jobs)]) >= {"url", "state", "host", "headers", "created_at"}
    log = [row for table, row in taken if table == "queued_job_log"]
    assert len(log) == len(bodies) == len({row["job_id"] for row in log})
    assert ids(store) == ids(store, LOG) == []


def test_what_was_not_taken_stays(store: Store, store_settings: DbSettings) -> None:
    enter(store)
    old_failure(store)

    class Full:
        def write_rows(self, table: str, found: Sequence[Row]) -> None: ...

        def sync(self) -> None:
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        prune(store, RETENTION, sink=Full())

    again = open_store(store_settings)
    assert len(ids(again)) == 1
    again.close()


def old_failure(store: Store, days: float = 91) -> int:
    job_id = run_to(store, ResultCode.PERMANENT)
    store.session.execute(
        "UPDATE queued_job SET last_finished_at = %s WHERE id = %s",
        (ago(store, days), job_id),
    )
    return job_id


# The duty

FAILURES = Retention(failed=90 * DAY)


def work(store: Store, worker: str, retention: Retention = FAILURES) -> DutyReport:
    return store.retention.work(worker, "retention@web1", retention)


@dataclass
class Pair:
    """Two processors' stores on one database."""

    one: Store
    two: Store


@pytest.fixture
def pair(store_settings: DbSettings) -> Iterator[Pair]:
    opened = Pair(open_store(store_settings), open_store(store_settings))
    work(opened.one, "one")  # makes the row
    yield opened
    opened.one.close()
    opened.two.close()


def test_one_of_two_processors_prunes_and_the_other_takes_over_when_it_is_dead(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sq_console.store.retention.pruner.FIRST_BATCH", 1)
    enter(pair.one)
    for _ in range(5):
        old_failure(pair.one)
    one, two = reopened(pair.one), reopened(pair.two)

    assert work(one, "one").is_at_work
    assert not work(two, "two").is_at_work
    assert len(ids(two)) == 4
    lapse(two)
    assert work(two, "two").is_at_work
    was = len(ids(two))
    assert not work(one, "one").is_at_work  # it stood still: nothing is deleted
    assert len(ids(two)) == was

    while not (report := work(two, "two")).finished:
        assert report.is_at_work
    assert ids(two) == []


def lapse(store: Store) -> None:
    """The worker has not written for long."""
    set_row(store, until="2001-01-01 00:00:00.000")


def set_row(store: Store, **values: str) -> None:
    (row,) = store.session.rows(
        "SELECT value FROM queued_job_meta WHERE name = 'retention'"
    )
    value = json.loads(rows.as_text(row["value"]))
    store.session.execute(
        "UPDATE queued_job_meta SET value = %s WHERE name = 'retention'",
        (json.dumps(value | values),),
    )


def test_after_a_pass_everybody_rests(pair: Pair) -> None:
    while not work(pair.one, "one").finished is not None:
        pass

    assert work(pair.one, "one") == work(pair.two, "two") == DutyReport(False)


def test_a_row_of_the_duty_that_is_not_understood_is_overwritten(pair: Pair) -> None:
    for value in ("", "[]", "{", '{"worker": 1}', "9" * 200):
        pair.one.session.execute(
            "UPDATE queued_job_meta SET value = %s WHERE name = 'retention'", (value,)
        )
        assert reopened(pair.two).retention.work("two", "x", RETENTION).is_at_work


def test_a_pass_is_as_old_as_its_first_processor_made_it(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sq_console.store.retention.pruner.FIRST_BATCH", 1)
    enter(pair.one)
    for _ in range(3):
        old_failure(pair.one)
    one, two = reopened(pair.one), reopened(pair.two)
    assert work(one, "one").pass_secs < 3_600
    set_row(two, since=ago(two, 2))
    assert not work(two, "two").is_at_work

    one.retention.leave("two")  # has it not
    assert not work(two, "two").is_at_work
    one.retention.leave("one")
    assert work(two, "two").pass_secs > DAY

    while work(two, "two").finished is None:
        pass
    set_row(two, rest_until="")
    assert work(reopened(two), "two").pass_secs < 3_600  # another pass


def test_a_day_of_a_processors_pruning_is_one_row_of_activity(pair: Pair) -> None:
    enter(pair.one)
    for _ in range(2):
        old_failure(pair.one)
        while work(pair.one, "one").finished is None:
            pass
        end_rest(pair.one)

    (row, *_) = pair.one.activity.newest(10, "retention@web1")
    assert len(pair.one.activity.newest(10, "retention@web1")) == 1
    assert (row.action, row.jobs) == ("prune", 2)


def end_rest(store: Store) -> None:
    store.session.execute(
        "UPDATE queued_job_meta SET value = '' WHERE name = 'retention'"
    )


def test_all_processors_keep_sums_as_long_as_one_of_them_says(pair: Pair) -> None:
    old = ago(pair.one, 20)[:17] + "00"
    add_sum = "INSERT INTO queued_job_stats (minute, processor_id) VALUES (%s, 1)"
    pair.one.session.execute(add_sum, (old,))
    end_rest(pair.one)
    work(reopened(pair.one), "one", Retention(stats=400 * DAY))

    assert pair.two.stats.prune_minutes() == 0
    end_rest(pair.one)
    assert pair.two.stats.prune_minutes() == 1


def test_an_outage_in_a_batch_leaves_all_of_it(store: Store) -> None:
    fill(store, 6, 60)
    before = (ids(store), ids(store, LOG))
    run = store.retention.run(cuts_of(RETENTION, store.reads.now()), ACTOR)

    class Gone:
        def write_rows(self, table: str, found: Sequence[Row]) -> None:
            raise StoreUnavailable("gone")

        def sync(self) -> None: ...

    with pytest.raises(StoreUnavailable):
        while not run.is_over:
            run.prune_batch(sink=Gone())

    assert run.deleted.total() == 0
    store.session.rows("SELECT 1")
    assert (ids(store), ids(store, LOG)) == before
