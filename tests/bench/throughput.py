"""Jobs per second: one process, two, and with the console attached, beside loops that
only make the calls.
"""

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup
from tests.bench.console import attached_rate
from tests.bench.figures import Figure
from tests.large_tables import RowCounts

SLOTS = 50


def throughput(setup: BenchSetup) -> list[Figure]:
    """Each round makes every kind of run once, so that a noisy neighbour hits all."""
    taken: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        taken.setdefault(name, []).append(value)

    for _ in range(setup.size.runs):
        for kind in ("httpx", "aiohttp", "ours"):
            calls = setup.size.jobs
            note(kind, programs.bare_loop_rate(kind, setup.fast_url, calls, SLOTS))
        one = _run(setup, setup.size.jobs)
        two = _run(setup, setup.size.jobs, "--procs", "2")
        note("one", one.rate)
        note("two", two.rate)
        note("peak", one.peak_mib)
        note("console", _attached(setup))
        note("server cpu", 1000 * one.server_cpu_secs / setup.size.jobs)
        for name, run, more in (("one", one, ()), ("two", two, ("--procs", "2"))):
            idle = _run(setup, 0, *more)
            cpu_secs = run.cpu_secs - idle.cpu_secs
            note(f"{name} cpu", 1000 * cpu_secs / setup.size.jobs)
    return _figures({name: tuple(values) for name, values in taken.items()})


def _figures(taken: dict[str, tuple[float, ...]]) -> list[Figure]:
    def rate(name: str, kind: str, **more: object) -> Figure:
        return Figure(name, "jobs/s", taken[kind], **more)  # type: ignore[arg-type]

    httpx = Figure("bare httpx over aiohttp", "calls/s", taken["httpx"])
    aiohttp = Figure("bare aiohttp", "calls/s", taken["aiohttp"])
    ours = Figure(
        "our transport alone", "calls/s", taken["ours"], against=httpx, at_least=2.0
    )
    one = rate("one process", "one", against=httpx, at_least=0.8)
    cpu = Figure("CPU per job, one process", "ms", taken["one cpu"])
    return [
        httpx,
        aiohttp,
        ours,
        one,
        rate("--procs 2", "two", against=one),
        rate("console attached", "console", against=one, at_least=0.8),
        cpu,
        Figure(
            "CPU per job, --procs 2", "ms", taken["two cpu"], against=cpu, at_most=1.1
        ),
        Figure("the server's CPU per job, one process", "ms", taken["server cpu"]),
        Figure("peak memory, one process", "MiB", taken["peak"]),
    ]


def _run(setup: BenchSetup, jobs: int, *more: str) -> programs.Run:
    with setup.queue(RowCounts(due=jobs), setup.fast_url) as queue:
        return programs.run_until_empty(queue, "-n", str(SLOTS), *more)


def _attached(setup: BenchSetup) -> float:
    with setup.queue(RowCounts(due=setup.size.jobs), setup.fast_url) as queue:
        return attached_rate(queue, setup.size.jobs, SLOTS)
