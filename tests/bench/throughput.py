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
        for name, more in (("one", ()), ("two", ("--procs", "2"))):
            run = run_of_ours(setup, setup.size.jobs, *more)
            at_work = run.without(run_of_ours(setup, 0, *more))
            note(name, run.rate)
            note(f"{name} peak", run.peak_mib)
            note(f"{name} cpu", at_work.cpu_us_per_job)
            note(f"{name} server cpu", at_work.server_cpu_us_per_job)
        note("console", _attached(setup))
    return _figures({name: tuple(values) for name, values in taken.items()})


def _figures(taken: dict[str, tuple[float, ...]]) -> list[Figure]:
    def rate(name: str, kind: str, **more: object) -> Figure:
        return Figure(name, "jobs/s", taken[kind], **more)  # type: ignore[arg-type]

    httpx = Figure("bare httpx over aiohttp", "calls/s", taken["httpx"])
    aiohttp = Figure("bare aiohttp", "calls/s", taken["aiohttp"])
    ours = Figure(
        "our transport alone", "calls/s", taken["ours"], against=httpx, at_least=2.0
    )
    one = rate("one process", "one", against=httpx, at_least=2.0)
    cpu = Figure("CPU per job, one process", "us", taken["one cpu"])
    server = Figure(
        "the server's CPU per job, one process", "us", taken["one server cpu"]
    )
    return [
        httpx,
        aiohttp,
        ours,
        one,
        rate("--procs 2", "two", against=one),
        rate("console attached", "console", against=one, at_least=0.8),
        cpu,
        Figure(
            "CPU per job, --procs 2", "us", taken["two cpu"], against=cpu, at_most=1.1
        ),
        server,
        Figure(
            "the server's CPU per job, --procs 2",
            "us",
            taken["two server cpu"],
            against=server,
        ),
        Figure("peak memory, one process", "MiB", taken["one peak"]),
    ]


def run_of_ours(setup: BenchSetup, jobs: int, *more: str) -> programs.Run:
    """One run on a fresh queue with that many jobs."""
    with setup.queue(RowCounts(due=jobs), setup.fast_url) as queue:
        return programs.run_until_empty(queue, "-n", str(SLOTS), *more)


def _attached(setup: BenchSetup) -> float:
    with setup.queue(RowCounts(due=setup.size.jobs), setup.fast_url) as queue:
        return attached_rate(queue, setup.size.jobs, SLOTS)
