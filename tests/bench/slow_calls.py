"""Thousands of calls in flight, each of which takes a second."""

import resource

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup
from tests.bench.figures import Figure
from tests.large_tables import RowCounts


def slow_calls(setup: BenchSetup) -> list[Figure]:
    """One process beside a bare loop, on the same calls."""
    size = setup.size
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bare, ours, peaks = [], [], []
    for _ in range(max(1, size.runs // 2)):
        url = setup.slow_url
        bare.append(
            programs.bare_loop_rate("httpx", url, size.slow_jobs, size.slow_calls)
        )
        with setup.queue(RowCounts(due=size.slow_jobs), url) as queue:
            queue.configure(per_host=size.slow_calls)
            run = programs.run_until_empty(queue, "-n", str(size.slow_calls))
        ours.append(run.rate)
        peaks.append(run.peak_mib)
    calls = f"{size.slow_calls} one-second calls"
    loop = Figure(f"{calls}, bare loop", "calls/s", tuple(bare))
    return [
        loop,
        Figure(f"{calls}", "jobs/s", tuple(ours), against=loop, at_least=0.8),
        Figure(f"{calls}: peak memory", "MiB", tuple(peaks), at_most=300),
    ]
