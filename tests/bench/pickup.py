"""How soon an idle processor calls a job that an application has just inserted."""

import random
import time

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure, percentile
from tests.handler import HandlerServer
from tests.waiting import eventually

_INSERT = """
INSERT INTO queued_job (http_method, url, body, timeout_secs)
VALUES ('post', '{url}', 'some post body', 120)"""


def pickup(setup: BenchSetup) -> list[Figure]:
    """From the producer's COMMIT to the handler's reading of the request."""
    with (
        setup.queue() as queue,
        HandlerServer() as handler,
        programs.serving(queue),
    ):
        taken = [_one(queue, handler) for _ in range(setup.size.pickups)]
    last = percentile(taken, 0.99)
    return [
        Figure("pickup", "ms", tuple(taken), at_most=60),
        Figure("pickup, 99th percentile", "ms", (last,), at_most=150),
    ]


def _one(queue: Queue, handler: HandlerServer) -> float:
    before = len(handler.requests)
    time.sleep(random.uniform(0.05, 0.25))  # not in step with the poll
    with queue.server.connect(queue.db.db) as connection:
        cursor = connection.cursor()
        cursor.execute(_INSERT.format(url=handler.url("/ok")))
        committed_at = time.monotonic()
        eventually(lambda: len(handler.requests) > before)
    return 1000 * (handler.requests[before].at - committed_at)
