"""What a processor costs that has nothing to do."""

import time

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure


def idle(setup: BenchSetup) -> list[Figure]:
    """CPU, queries and memory of one daemon on an empty queue."""
    cpu, queries, memory = [], [], []
    with setup.queue() as queue, programs.serving(queue) as daemon:
        for _ in range(setup.size.runs):
            asked, spent, began = _queries(queue), daemon.cpu_secs, time.monotonic()
            time.sleep(setup.size.idle_secs)
            secs = time.monotonic() - began
            cpu.append(100 * (daemon.cpu_secs - spent) / secs)
            queries.append((_queries(queue) - asked - 1) / secs)
            memory.append(daemon.resident_mib)
    return [
        Figure("idle CPU", "% of a core", tuple(cpu), at_most=2),
        Figure("idle queries", "1/s", tuple(queries), at_most=15),
        Figure("idle memory", "MiB", tuple(memory)),
    ]


def _queries(queue: Queue) -> int:
    """The server's count so far; asking adds one."""
    ((_, count),) = queue.command("SHOW GLOBAL STATUS LIKE 'Questions'")
    return int(str(count))
