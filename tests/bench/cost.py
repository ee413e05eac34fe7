"""What a claim and a record cost the store, on queues of every length and in bad
company: a snapshot that somebody holds, a host that is not to be called.

Measured over one connection in this process, without a handler: per job, in batches.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sq_console.model import (
    ClaimedJob,
    ClaimRequest,
    LogEvent,
    LogLine,
    Outcome,
    ProcessorState,
    ResultCode,
)
from sq_console.store import Store
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure
from tests.bench.programs import timed
from tests.bench.size import Size
from tests.large_tables import RowCounts

BATCH = 50
ME = 4_611_686_018_427_387_905
HELD_HOST = "held.example.com"


@dataclass
class MeasuredQueue:
    """A queue with a processor of ours on it."""

    name: str
    store: Store
    room: dict[str, int] = field(default_factory=dict)
    claims: list[float] = field(default_factory=list)
    records: list[float] = field(default_factory=list)

    def sample(self, batches: int) -> None:
        """Add one sample of each: microseconds a job."""
        claiming = recording = 0.0
        jobs = 0
        for _ in range(batches):
            claimed: list[ClaimedJob] = []
            claiming += timed(lambda: claimed.extend(self._claim()))  # noqa: B023
            recording += timed(lambda: self._record(claimed))  # noqa: B023
            jobs += len(claimed)
        self.claims.append(1e6 * claiming / jobs)
        self.records.append(1e6 * recording / jobs)

    def churn(self, jobs: int) -> None:
        """Have that many done."""
        for _ in range(jobs // BATCH):
            self._record(self._claim())

    def _claim(self) -> list[ClaimedJob]:
        request = ClaimRequest(BATCH, room=self.room)
        return self.store.claims.claim(ME, request)

    def _record(self, jobs: list[ClaimedJob]) -> None:
        self.store.outcomes.record(ME, [_outcome(job) for job in jobs])


def cost(setup: BenchSetup) -> list[Figure]:
    """Claims and records, in turn on all queues."""
    size = setup.size
    with contextlib.ExitStack() as stack:
        queues = [stack.enter_context(measured) for measured in _queues(setup, size)]
        for measured in queues:
            measured.churn(2 * BATCH)
        for _ in range(size.runs):
            for measured in queues:
                measured.sample(size.claims)
    return [*_figures(queues)]


def _queues(
    setup: BenchSetup, size: Size
) -> Iterator[contextlib.AbstractContextManager[MeasuredQueue]]:
    """The first is what the others are compared with."""
    enough = size.churned + (size.runs + 3) * (size.claims + 2) * BATCH
    yield _on(setup, f"{size.few} finished", RowCounts(finished=size.few, due=enough))
    for finished in size.finished:
        name = f"{finished} finished, {size.pending} due"
        yield _enter(setup.large_queue(finished), name)
    yield _with_snapshot(setup, size, enough)
    yield _with_held_host(setup, size, enough)


@contextlib.contextmanager
def _on(setup: BenchSetup, name: str, counts: RowCounts) -> Iterator[MeasuredQueue]:
    with setup.queue(counts) as queue, _enter(queue, name) as measured:
        yield measured


@contextlib.contextmanager
def _enter(queue: Queue, name: str, **more: dict[str, int]) -> Iterator[MeasuredQueue]:
    with queue.store() as store:
        store.processors.register(ME, "bench:1", BATCH, ProcessorState.RUNNING)
        yield MeasuredQueue(name, store, **more)


@contextlib.contextmanager
def _with_snapshot(
    setup: BenchSetup, size: Size, enough: int
) -> Iterator[MeasuredQueue]:
    """Somebody dumps the tables while jobs are done."""
    name = f"snapshot held over {size.churned} jobs"
    with (
        _on(setup, name, RowCounts(finished=size.few, due=enough)) as measured,
        setup.server.connect() as dump,
    ):
        cursor = dump.cursor()
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        measured.churn(size.churned)
        yield measured


@contextlib.contextmanager
def _with_held_host(
    setup: BenchSetup, size: Size, enough: int
) -> Iterator[MeasuredQueue]:
    """A host is held, and its jobs are the oldest."""
    with setup.queue(RowCounts(finished=size.few)) as queue:
        queue.fill(RowCounts(due=size.held), f"http://{HELD_HOST}/x")
        queue.fill(RowCounts(due=enough))
        name = f"{size.held} held at the head"
        with _enter(queue, name, room={HELD_HOST: 0}) as measured:
            yield measured


def _figures(queues: list[MeasuredQueue]) -> Iterator[Figure]:
    first, *others = queues
    claim = Figure(f"claim, {first.name}", "us/job", tuple(first.claims))
    record = Figure(f"record, {first.name}", "us/job", tuple(first.records))
    both = Figure(f"both, {first.name}", "us/job", _both(first))
    yield from (claim, record, both)
    for measured in others:
        if measured.name.endswith(" due"):
            yield Figure(
                f"both, {measured.name}", "us/job", _both(measured), both, at_most=1.2
            )
        else:
            yield Figure(
                f"claim, {measured.name}",
                "us/job",
                tuple(measured.claims),
                claim,
                at_most=2,
            )


def _both(measured: MeasuredQueue) -> tuple[float, ...]:
    return tuple(map(sum, zip(measured.claims, measured.records, strict=True)))


def _outcome(job: ClaimedJob) -> Outcome:
    call = f"[JOBID {job.id}] Calling job with method post on url {job.url}"
    end = f"[JOBID {job.id}] Job succeeded: ok"
    return Outcome(
        job_id=job.id,
        attempt=job.attempt,
        result=ResultCode.SUCCEEDED,
        status_code=200,
        error=None,
        response="ok",
        duration_ms=3,
        created_at=job.created_at,
        log=(
            LogLine(LogEvent.CALLED, call),
            LogLine(LogEvent.SUCCEEDED, end, 200, 3),
        ),
    )
