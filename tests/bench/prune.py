"""Pruning beside work: jobs per second, and how long a claim takes, while hundreds of
thousands of old jobs are deleted with their log, and while nothing is.

Runs alternate, on one queue that is never empty: pruning takes a tenth of the time
there. The claims that are timed are those of a second processor, which gives each back
at once.

A queue that brings N jobs a second over a whole day needs N old ones deleted a second
over that day. Of the figure below that is what a day without an idle hour deletes; a
batch deletes ten times as fast, and while the queue is empty half of the time is
batches: five times the figure. Where neither is enough, a pass lasts for over a day,
and batches take a quarter, then half of the time: twice and a half, then five times the
figure, at the cost of calls. A queue that brings still more grows; `check` tells by how
much a day, and pruning can only begin earlier in a job's life, never catch up.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sq_console.model import ClaimRequest, ProcessorState
from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure, percentile
from tests.large_tables import RowCounts

SLOTS = 50
_PROBER = 4_611_686_018_427_387_999
_PAUSE_SECS = 0.02
_RETENTION = "[retention]\nsucceeded = 7d\nfailed = 7d\nkilled = 7d\n"
_AGE = """
UPDATE queued_job SET last_finished_at = last_finished_at - INTERVAL 8 DAY
 WHERE id <= {}"""
_LOG_AGAIN = """
INSERT INTO queued_job_log (job_id, msg, attempt, event, created_at)
SELECT job_id, msg, attempt, 'called', created_at FROM queued_job_log"""
_OLD = """
SELECT COUNT(*) FROM queued_job WHERE last_finished_at < NOW() - INTERVAL 7 DAY"""
_NO_DUTY = "DELETE FROM queued_job_meta WHERE name = 'retention'"


def prune(setup: BenchSetup) -> list[Figure]:
    """Old jobs are as many as runs with pruning leave some of."""
    old = setup.size.pruned
    rates: dict[bool, list[float]] = {False: [], True: []}
    claims: dict[bool, list[float]] = {False: [], True: []}
    deleted: list[float] = []
    with setup.queue(RowCounts(finished=old, log=old, per_sec=1_000)) as queue:
        queue.command(_AGE.format(old))
        queue.command(_LOG_AGAIN)
        for run in range(setup.size.runs):
            for prunes in (False, True) if run % 2 == 0 else (True, False):
                _configure(queue, prunes)
                queue.fill(RowCounts(due=setup.size.jobs), setup.fast_url)
                before = _old_jobs(queue)
                with _timed_claims(queue) as taken:
                    done = programs.run_until_empty(queue, "-n", str(SLOTS))
                rates[prunes].append(done.rate)
                claims[prunes].append(percentile(taken, 0.99))
                if prunes:
                    deleted.append((before - _old_jobs(queue)) / done.secs)
    return _figures(rates, claims, deleted)


def _figures(
    rates: dict[bool, list[float]],
    claims: dict[bool, list[float]],
    deleted: list[float],
) -> list[Figure]:
    alone = Figure("jobs called, nothing pruned", "jobs/s", tuple(rates[False]))
    claim = Figure("claim, 99 in 100, nothing pruned", "ms", tuple(claims[False]))
    return [
        alone,
        Figure(
            "jobs called beside pruning",
            "jobs/s",
            tuple(rates[True]),
            against=alone,
            at_least=0.9,
        ),
        claim,
        Figure(
            "claim, 99 in 100, beside pruning",
            "ms",
            tuple(claims[True]),
            against=claim,
            at_most=2.0,
        ),
        Figure("old jobs deleted beside work", "jobs/s", tuple(deleted)),
    ]


def _configure(queue: Queue, prunes: bool) -> None:
    queue.configure(per_host=SLOTS)
    if prunes:
        ini = queue.folder / "db.ini"
        ini.write_text(f"{ini.read_text()}{_RETENTION}")
    queue.command(_NO_DUTY)


def _old_jobs(queue: Queue) -> int:
    ((number,),) = queue.command(_OLD)
    return int(str(number))


@contextmanager
def _timed_claims(queue: Queue) -> Iterator[list[float]]:
    """Milliseconds of each claim of ten jobs, made while the block runs."""
    taken: list[float] = []
    is_over = threading.Event()
    thread = threading.Thread(target=_claim_until, args=(queue, is_over, taken))
    thread.start()
    try:
        yield taken
    finally:
        is_over.set()
        thread.join()


def _claim_until(queue: Queue, is_over: threading.Event, taken: list[float]) -> None:
    request = ClaimRequest(10)
    with queue.store() as store:
        store.processors.register(_PROBER, "prober:1", 10, ProcessorState.RUNNING)
        while not is_over.is_set() or not taken:
            store.processors.beat(_PROBER, 0, ProcessorState.RUNNING)
            began = time.perf_counter()
            jobs = store.claims.claim(_PROBER, request)
            taken.append(1_000 * (time.perf_counter() - began))
            claimed = [job.claim for job in jobs]
            store.claims.release(_PROBER, claimed, "Job released: it was a probe")
            time.sleep(_PAUSE_SECS)
        store.processors.unregister(_PROBER)
