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
from tests.bench.figures import Figure
from tests.bench.programs import timed
from tests.bench.setup import Ground, Queue
from tests.bench.size import Size
from tests.large_tables import Crowd

BATCH = 50
ME = 4_611_686_018_427_387_905
HELD_HOST = "held.example.com"


@dataclass
class Bench:
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


def cost(ground: Ground) -> list[Figure]:
    """Claims and records, in turn on all queues."""
    size = ground.size
    with contextlib.ExitStack() as stack:
        benches = [stack.enter_context(bench) for bench in _benches(ground, size)]
        for bench in benches:
            bench.churn(2 * BATCH)
        for _ in range(size.runs):
            for bench in benches:
                bench.sample(size.claims)
    return [*_figures(benches)]


def _benches(
    ground: Ground, size: Size
) -> Iterator[contextlib.AbstractContextManager[Bench]]:
    """The first is what the others are compared with."""
    enough = size.churned + (size.runs + 3) * (size.claims + 2) * BATCH
    yield _on(ground, f"{size.few} finished", Crowd(finished=size.few, due=enough))
    for finished in size.finished:
        name = f"{finished} finished, {size.pending} due"
        yield _enter(ground.large_queue(finished), name)
    yield _with_snapshot(ground, size, enough)
    yield _with_held_host(ground, size, enough)


@contextlib.contextmanager
def _on(ground: Ground, name: str, crowd: Crowd) -> Iterator[Bench]:
    with ground.queue(crowd) as queue, _enter(queue, name) as bench:
        yield bench


@contextlib.contextmanager
def _enter(queue: Queue, name: str, **more: dict[str, int]) -> Iterator[Bench]:
    with queue.store() as store:
        store.processors.register(ME, "bench:1", BATCH, ProcessorState.RUNNING)
        yield Bench(name, store, **more)


@contextlib.contextmanager
def _with_snapshot(ground: Ground, size: Size, enough: int) -> Iterator[Bench]:
    """Somebody dumps the tables while jobs are done."""
    name = f"snapshot held over {size.churned} jobs"
    with (
        _on(ground, name, Crowd(finished=size.few, due=enough)) as bench,
        ground.server.connect() as dump,
    ):
        cursor = dump.cursor()
        cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        bench.churn(size.churned)
        yield bench


@contextlib.contextmanager
def _with_held_host(ground: Ground, size: Size, enough: int) -> Iterator[Bench]:
    """A host is held, and its jobs are the oldest."""
    with ground.queue(Crowd(finished=size.few)) as queue:
        queue.fill(Crowd(due=size.held), f"http://{HELD_HOST}/x")
        queue.fill(Crowd(due=enough))
        name = f"{size.held} held at the head"
        with _enter(queue, name, room={HELD_HOST: 0}) as bench:
            yield bench


def _figures(benches: list[Bench]) -> Iterator[Figure]:
    first, *others = benches
    claim = Figure(f"claim, {first.name}", "us/job", tuple(first.claims))
    record = Figure(f"record, {first.name}", "us/job", tuple(first.records))
    both = Figure(f"both, {first.name}", "us/job", _both(first))
    yield from (claim, record, both)
    for bench in others:
        if bench.name.endswith(" due"):
            yield Figure(
                f"both, {bench.name}", "us/job", _both(bench), both, at_most=1.2
            )
        else:
            yield Figure(
                f"claim, {bench.name}",
                "us/job",
                tuple(bench.claims),
                claim,
                at_most=2,
            )


def _both(bench: Bench) -> tuple[float, ...]:
    return tuple(map(sum, zip(bench.claims, bench.records, strict=True)))


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
