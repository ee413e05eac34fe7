"""Jobs per second and CPU per job beside job queues of others: BullMQ on Redis and
graphile-worker on PostgreSQL, each where its programs are installed.

Every queue has one worker process and the same jobs, calls the same handler as often at
once, and takes part in each round. CPU is user and system time, of the worker without
its start-up and of the database; a run on an empty queue tells what the start-up takes.
Most of what a peer takes is its HTTP client, so it is run with node's `fetch` and with
the faster `request` of undici; both keep connections alive. BullMQ keeps its jobs as
ours are kept; graphile-worker deletes them, and works in batches.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup
from tests.bench.figures import Figure
from tests.bench.peer_queues import CLIENTS, PEERS, NoPeer, RunningPeer, running
from tests.bench.programs import Run
from tests.bench.throughput import SLOTS, run_of_ours

ONE, TWO, OURS = "one process", "--procs 2", "MariaDB"
Take = Callable[[int], Run]


def peers(setup: BenchSetup) -> list[Figure]:
    """Each round has a run of every queue, and one of a bare loop."""
    size, url = setup.size, setup.fast_url
    loops: list[float] = []
    with contextlib.ExitStack() as stack:
        others = list(_started(stack))
        peers_of = {
            f"{other.peer.name}, {client}": (other, client)
            for other in others
            for client in CLIENTS
        }
        takes: dict[str, Take] = {
            ONE: lambda jobs: run_of_ours(setup, jobs),
            TWO: lambda jobs: run_of_ours(setup, jobs, "--procs", "2"),
            **{name: _taking(*it, url) for name, it in peers_of.items()},
        }
        taken: dict[str, list[Run]] = {name: [] for name in takes}
        for _ in range(size.runs):
            loops.append(programs.bare_loop_rate("httpx", url, size.jobs, SLOTS))
            for name, take in takes.items():
                taken[name].append(take(size.jobs).without(take(0)))
    loop = Figure("bare httpx over aiohttp", "calls/s", tuple(loops))
    databases = {name: it[0].peer.database for name, it in peers_of.items()}
    return [loop, *_figures(taken, loop, databases)]


def _started(stack: contextlib.ExitStack) -> Iterator[RunningPeer]:
    for peer in PEERS:
        try:
            yield stack.enter_context(running(peer))
        except NoPeer as missing:
            print(f"peers: {peer.name} is left out: {missing}", file=sys.stderr)


def _taking(other: RunningPeer, client: str, url: str) -> Take:
    return lambda jobs: other.run(jobs, url, SLOTS, client)


def _figures(
    taken: dict[str, list[Run]], loop: Figure, databases: dict[str, str]
) -> Iterator[Figure]:
    rates, cpus, servers = {}, {}, {}
    for name, database in {ONE: OURS, TWO: OURS, **databases}.items():
        runs = taken[name]
        rates[name] = Figure(name, "jobs/s", tuple(run.rate for run in runs))
        cpu = tuple(run.cpu_us_per_job for run in runs)
        cpus[name] = Figure(f"CPU per job, {name}", "us", cpu)
        server_cpu = tuple(run.server_cpu_us_per_job for run in runs)
        server_name = f"{database}'s CPU per job, {name}"
        servers[name] = Figure(server_name, "us", server_cpu)
    for name in databases:
        yield from (rates[name], cpus[name], servers[name])
    yield replace(rates[ONE], against=loop, at_least=2.0)
    yield from (cpus[ONE], servers[ONE])
    for name in databases:
        beside = f"one process beside {name}"
        yield replace(rates[ONE], name=beside, against=rates[name], at_least=1.0)
        beside = f"CPU per job, beside {name}"
        yield replace(cpus[ONE], name=beside, against=cpus[name], at_most=1.0)
    yield replace(rates[TWO], against=rates[ONE])
    yield replace(cpus[TWO], against=cpus[ONE], at_most=1.1)
    yield replace(servers[TWO], against=servers[ONE])
