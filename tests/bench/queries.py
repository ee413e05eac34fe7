"""How long the console's and the verbs' queries take on the largest queue."""

import time

from sq_console.store.protocols import Params, Row, Session
from sq_console.store.queries.reads import StoreReads
from tests.bench.bench_setup import BenchSetup
from tests.bench.figures import Figure, percentile
from tests.store.every_query import all_filters
from tests.wrapped_session import WrappedSession


class TimedSession(WrappedSession):
    """Notes how long queries take."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.taken: list[float] = []

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        began = time.perf_counter()
        found = super().rows(sql, params)
        self.taken.append(1000 * (time.perf_counter() - began))
        return found


def queries(setup: BenchSetup) -> list[Figure]:
    """All lists with all filters, two pages of each, between what the header reads."""
    queue = setup.large_queue(setup.size.finished[-1])
    with queue.store() as store:
        session = TimedSession(store.session)
        reads = StoreReads(session)
        for _ in range(setup.size.runs):
            for wanted in all_filters():
                page = reads.jobs(wanted)
                if page.next is not None:
                    reads.jobs(wanted, after=page.next)
                _read_header_and_job(reads)
    taken = tuple(session.taken)
    late = percentile(taken, 0.99)
    return [
        Figure("console query", "ms", taken),
        Figure("console query, 99th percentile", "ms", (late,), at_most=50),
    ]


def _read_header_and_job(reads: StoreReads) -> None:
    reads.counts()
    reads.minutes(16)
    reads.processors()
    reads.job(1)
    reads.job_log(1)
