"""How long the console's and the verbs' queries take on the largest queue."""

import contextlib
import statistics
import time
from collections.abc import Iterator

from sq_console.model import ProcessorState
from sq_console.store import Store
from sq_console.store.assembly import assemble
from sq_console.store.protocols import Params, Row, Session
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.console_queries import ACTOR, HELD, READINGS
from tests.bench.figures import Figure, percentile
from tests.wrapped_session import WrappedSession

_MOST_MS = 50
_SLOWEST = 3
_SHOWN_CHARS = 50
_PROCESSORS = range(1, 5)


class TimedSession(WrappedSession):
    """Notes how long queries take."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.taken: dict[str, list[float]] = {}
        """By statement, in milliseconds."""

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        began = time.perf_counter()
        found = super().rows(sql, params)
        took = 1000 * (time.perf_counter() - began)
        self.taken.setdefault(sql, []).append(took)
        return found

    def all_taken(self) -> tuple[float, ...]:
        return tuple(took for each in self.taken.values() for took in each)


def queries(setup: BenchSetup) -> list[Figure]:
    """Everything that `console_queries` knows of, with a host held and processors."""
    queue = setup.large_queue(setup.size.finished[-1])
    timed: dict[str, list[TimedSession]] = {name: [] for name in READINGS}
    with queue.store() as store, in_use(queue, store):
        for _ in range(setup.size.runs):
            for name, read in READINGS.items():
                session = TimedSession(store.session)
                # Anew: what a store keeps for a while is read again.
                read(assemble(session, store.admin))
                timed[name].append(session)
    return [*_figures(timed)]


@contextlib.contextmanager
def in_use(queue: Queue, store: Store) -> Iterator[None]:
    """One host is held, and processors are alive."""
    store.holds.hold(HELD, ACTOR, "the bench")
    for processor_id in _PROCESSORS:
        name = f"web{processor_id}:7"
        store.processors.register(processor_id, name, 50, ProcessorState.RUNNING)
    try:
        yield
    finally:
        store.holds.lift(HELD, ACTOR)
        queue.command("DELETE FROM queued_job_processor; DELETE FROM queued_job_try")


def _figures(timed: dict[str, list[TimedSession]]) -> Iterator[Figure]:
    everything: list[float] = []
    by_statement: dict[str, list[float]] = {}
    for name, sessions in timed.items():
        taken = [took for session in sessions for took in session.all_taken()]
        everything += taken
        yield Figure(f"query {name}", "ms", tuple(taken))
        yield _late(f"query {name}", taken)
        for session in sessions:
            for sql, each in session.taken.items():
                by_statement.setdefault(sql, []).extend(each)
    yield _late("console query", everything)
    slowest = sorted(by_statement.items(), key=lambda it: -statistics.median(it[1]))
    for sql, each in slowest[:_SLOWEST]:
        text = " ".join(sql.split())
        shown = f"{text[:_SHOWN_CHARS]}…{text[-_SHOWN_CHARS:]}"
        yield Figure(f"slowest: {shown}", "ms", tuple(each))


def _late(name: str, taken: list[float]) -> Figure:
    late = percentile(taken, 0.99)
    return Figure(f"{name}, 99th percentile", "ms", (late,), at_most=_MOST_MS)
