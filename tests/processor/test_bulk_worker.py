"""Workers of bulk actions: killed, stopped and away, on real databases."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreUnavailable
from sq_console.model import BulkState, LogEvent
from sq_console.processor.maintenance import bulk_worker
from sq_console.processor.maintenance.bulk_worker import BulkWorker
from sq_console.store import Store, open_store
from sq_console.store.lane import StoreLane
from tests.store.bulk import begin, request, shown
from tests.store.jobs import add
from tests.waiting import eventually, eventually_async

TOP = Path(__file__).parent.parent.parent
JOBS = 5_000
MANY = 500
_INSERT = "INSERT INTO queued_job (http_method, url) VALUES "
_FAIL_ALL = """
UPDATE queued_job SET result_code = 1, attempts = 1,
  last_finished_at = {secs_ago}, last_started_at = {secs_ago}"""
_RETRIED = """
SELECT COUNT(*) AS rows_written, COUNT(DISTINCT job_id) AS jobs FROM queued_job_log
 WHERE event = %s"""
_WORK = """
import pickle, sys
from sq_console.store import open_store
store = open_store(pickle.loads(bytes.fromhex(sys.argv[1])))
while True:
    store.bulk.work_batch(sys.argv[2])
"""


def fail_jobs(store: Store, count: int) -> None:
    for _ in range(count // MANY):
        values = ", ".join(["('post', 'http://api.example.com/x')"] * MANY)
        store.session.execute(f"{_INSERT}{values}")
    add(store, count % MANY)
    store.session.execute(_FAIL_ALL, (60, 60))


@contextmanager
def worker_process(
    settings: DbSettings, name: str
) -> Iterator[subprocess.Popen[bytes]]:
    program = [sys.executable, "-c", _WORK, pickle.dumps(settings).hex(), name]
    with subprocess.Popen(program, cwd=TOP) as process:
        yield process
        process.kill()


def retried(store: Store) -> tuple[int, int]:
    """Rows of the log, and jobs they are about."""
    (row,) = store.session.rows(_RETRIED, (LogEvent.RETRIED.value,))
    return int(str(row["rows_written"])), int(str(row["jobs"]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "store_settings", ["sqlite", "mariadb", "mysql"], indirect=True
)
def test_a_worker_that_is_killed_leaves_nothing_done_twice_and_another_goes_on(
    store: Store, store_settings: DbSettings
):
    fail_jobs(store, JOBS)
    bulk_id = begin(store, request())
    with worker_process(store_settings, "first") as first:
        eventually(lambda: shown(store, bulk_id).done >= JOBS // 10)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    assert shown(store, bulk_id).done < JOBS
    assert retried(store) == (shown(store, bulk_id).done,) * 2

    with worker_process(store_settings, "second"):
        eventually(lambda: shown(store, bulk_id).state is BulkState.DONE, 30)

    row = shown(store, bulk_id)
    assert (row.counted, row.done, row.refused) == (JOBS, JOBS, 0)
    assert row.worker == "second"
    assert retried(store) == (JOBS, JOBS)


@pytest.mark.parametrize(
    "store_settings",
    ["sqlite", pytest.param("mariadb", marks=pytest.mark.slow)],
    indirect=True,
)
def test_a_bulk_action_is_stopped_half_way_over_another_connection(
    store: Store, store_settings: DbSettings
):
    fail_jobs(store, JOBS)
    bulk_id = begin(store, request())
    with worker_process(store_settings, "first"):
        eventually(lambda: shown(store, bulk_id).done >= JOBS // 10)
        assert store.bulk.stop(bulk_id, "bob@ops").done
        eventually(lambda: shown(store, bulk_id).not_begun is not None)
        row = shown(store, bulk_id)
        assert row.done + row.not_begun == JOBS
        assert row.refused == 0
        assert retried(store) == (row.done, row.done)

        assert store.bulk.pull_back(bulk_id, "bob@ops").done
        eventually(lambda: shown(store, bulk_id).state is BulkState.STOPPED)

    assert shown(store, bulk_id).pulled_back == row.done
    assert store.reads.counts().failed == JOBS


@pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
async def test_a_worker_waits_while_the_database_is_away_and_while_it_may_not(
    store: Store, store_settings: DbSettings, monkeypatch: pytest.MonkeyPatch
):
    for name in ("IDLE_SECS", "PAUSE_SECS"):
        monkeypatch.setattr(bulk_worker, name, 0.01)
    tries: list[str] = []

    def away_at_first() -> Store:
        tries.append("")
        if len(tries) < 3:
            raise StoreUnavailable("away")
        return open_store(store_settings)

    fail_jobs(store, 3)
    bulk_id = begin(store, request())
    lane = StoreLane(away_at_first, "bulk")
    worker = BulkWorker("web1:7", lane, may_work=lambda: len(tries) > 0 or is_allowed)
    is_allowed = False
    working = asyncio.create_task(worker.work_forever())
    await asyncio.sleep(0)
    assert tries == []

    is_allowed = True
    await eventually_async(
        partial(lambda: shown(store, bulk_id).state is BulkState.DONE)
    )
    working.cancel()
    lane.shut_down()
    assert shown(store, bulk_id).done == 3
