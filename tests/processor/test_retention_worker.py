"""Pruning by processors: killed in the middle, paused, refused, on real databases."""

import asyncio
import json
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.model import Pruned, PruneKind, Retention
from sq_console.processor.events import Event, PruningRefused, RowsPruned
from sq_console.processor.maintenance.retention_worker import RetentionWorker
from sq_console.store import Store, open_store
from sq_console.store.lane import StoreLane
from sq_console.store.rows import as_text
from tests.processor.run_processor import processing
from tests.store.jobs import add
from tests.waiting import eventually, eventually_async

pytestmark = pytest.mark.mostly_slow(4)
TOP = Path(__file__).parent.parent.parent
RETENTION = Retention(succeeded=7 * 86_400.0)
OLD = "2020-01-01 00:00:00"
INSERT = """
INSERT INTO queued_job (http_method, url, result_code, last_finished_at) VALUES """
LOG = f"""
INSERT INTO queued_job_log (job_id, msg, created_at)
SELECT id, 'row', '{OLD}' FROM queued_job"""
COUNTS = """
SELECT (SELECT COUNT(*) FROM queued_job) AS jobs,
  (SELECT COUNT(*) FROM queued_job_log) AS log,
  (SELECT COUNT(*) FROM queued_job_log AS l
     LEFT JOIN queued_job AS j ON j.id = l.job_id WHERE j.id IS NULL) AS stray"""
WORK = """
import pickle, sys
from sq_console.model import Retention
from sq_console.store import open_store
store = open_store(pickle.loads(bytes.fromhex(sys.argv[1])))
while True:
    store.retention.work("one", "retention@web1", Retention(succeeded=604800.0))
"""
LAPSE = """
UPDATE queued_job_meta SET value = '{{}}' WHERE name = 'retention'"""


def add_old(store: Store, count: int) -> None:
    for _ in range(count // 500):
        values = ", ".join([f"('post', 'http://a.example/', 0, '{OLD}')"] * 500)
        store.session.execute(f"{INSERT}{values}")
    store.session.execute(LOG)


def counts(store: Store) -> tuple[int, int, int]:
    (row,) = store.session.rows(COUNTS)
    jobs, log, stray = (int(str(row[name])) for name in ("jobs", "log", "stray"))
    return jobs, log, stray


def noted(store: Store) -> int:
    rows = store.activity.newest(50)
    return sum(row.jobs for row in rows if row.action == "prune")


def duty(store: Store) -> dict[str, object]:
    (row,) = store.session.rows(
        "SELECT value FROM queued_job_meta WHERE name = 'retention'"
    )
    found: dict[str, object] = json.loads(as_text(row["value"]))
    return found


@asynccontextmanager
async def working(
    settings: DbSettings,
    events: list[Event],
    may_work: Callable[[], bool] = lambda: True,
    retention: Retention = RETENTION,
) -> AsyncIterator[None]:
    lane = StoreLane(partial(open_store, settings), "prune")
    worker = RetentionWorker(
        "web2:7", lane, retention, events.append, may_work, lambda: False, 0.02
    )
    task = asyncio.create_task(worker.work_forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        lane.shut_down(10)


def kill_one_at_work(store: Store, settings: DbSettings) -> None:
    program = [sys.executable, "-c", WORK, pickle.dumps(settings).hex()]
    with subprocess.Popen(program, cwd=TOP) as process:
        eventually(lambda: counts(store)[0] < 2_900)
        process.send_signal(signal.SIGKILL)
        process.wait(30)


async def test_where_one_is_killed_another_goes_on_and_the_sums_are_exact(
    store: Store, store_settings: DbSettings
) -> None:
    add_old(store, 3_000)
    add(store, 2)
    kill_one_at_work(store, store_settings)
    left, log, stray = counts(store)
    assert (log, stray) == (left, 0)  # two young ones with the row of their enqueuing
    assert noted(store) == 3_002 - left

    store.session.execute(LAPSE)
    events: list[Event] = []
    async with working(store_settings, events):
        await eventually_async(lambda: RowsPruned in map(type, events) or left == 2)

    assert counts(store) == (2, 2, 0)
    assert noted(store) == 3_000
    pruned = Pruned({PruneKind.SUCCEEDED: left - 2, PruneKind.LOG: left - 2})
    assert events == [RowsPruned(pruned)] * (left > 2)


async def test_a_processor_that_does_not_run_prunes_nothing(
    store: Store, store_settings: DbSettings
) -> None:
    add_old(store, 500)
    asked: list[bool] = []
    runs = False

    def may_work() -> bool:
        asked.append(runs)
        return runs

    async with working(store_settings, [], may_work):
        await eventually_async(lambda: len(asked) > 3)
        assert counts(store)[0] == 500
        runs = True
        await eventually_async(lambda: counts(store)[0] == 0)


async def test_a_processor_that_runs_no_more_gives_the_duty_up_in_mid_pass(
    store: Store, store_settings: DbSettings
) -> None:
    add_old(store, 3_000)
    runs = True

    async with working(store_settings, [], lambda: runs):
        await eventually_async(lambda: counts(store)[0] < 3_000)
        runs = False
        await eventually_async(lambda: duty(store)["worker"] == "")

    was, since = counts(store)[0], duty(store)["since"]
    assert was > 0 and since
    assert store.retention.work("two", "retention@web1", RETENTION).is_at_work
    assert counts(store)[0] < was
    assert duty(store)["since"] == since  # it is the same pass


def test_a_processor_that_is_stopped_leaves_the_duty_to_others_at_once(
    store: Store, store_settings: DbSettings
) -> None:
    add_old(store, 4_000)

    with processing(store_settings, retention=RETENTION):
        eventually(lambda: counts(store)[0] < 4_000)

    assert duty(store)["until"] == ""
    assert counts(store)[0] > 0


async def test_without_the_setting_nobody_is_asked(store_settings: DbSettings) -> None:
    async with asyncio.timeout(10):
        worker = RetentionWorker(
            "web2:7",
            StoreLane(partial(open_store, store_settings), "prune"),
            Retention(),
            lambda _: None,
            may_work=lambda: True,
            is_busy=lambda: False,
        )
        await worker.work_forever()


async def test_a_refusal_is_reported_once(
    store: Store, store_settings: DbSettings
) -> None:
    add_old(store, 500)
    if store.session.server.startswith("SQLite"):
        rule, what = "", "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
    else:
        rule = "FOR EACH ROW"
        what = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'"
    store.session.execute(
        f"CREATE TRIGGER stubborn BEFORE DELETE ON queued_job {rule} {what}"
    )
    events: list[Event] = []

    async with working(store_settings, events):
        await eventually_async(lambda: bool(events))
    store.session.execute("DROP TRIGGER stubborn")

    event = events[0]
    assert len(set(map(str, events))) == 1
    assert isinstance(event, PruningRefused)
    assert "not this one" in event.why
    assert counts(store)[0] == 500
