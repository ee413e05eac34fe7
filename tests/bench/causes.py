"""The causes of the newest failures: how long reading and grouping take together, on
each kind of database; the longest piece of it, between which keys come in; and how
long the next look takes, when nothing has happened.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sq_console.rules import causes as rules
from sq_console.rules import fingerprint
from sq_console.store import Store
from sq_console.store.queries import newest_causes
from sq_console.store.queries.causes_follower import CausesFollower
from tests.bench import failed_jobs
from tests.bench.bench_setup import BenchSetup
from tests.bench.figures import Figure
from tests.binaries import NoServer

_AIM_SECS = 0.3
_PRODUCTS = {"mariadb": _AIM_SECS, "mysql": _AIM_SECS, "sqlite": None}
"""And their aims for usual failures: SQLite computes the host of each job it reads."""
_KINDS = {"usual": failed_jobs.usual, "all different": failed_jobs.all_different}


@dataclass
class MeasuredCauses:
    """What one look at them took, look by look."""

    store: Store
    total_secs: list[float] = field(default_factory=list)
    cpu_secs: list[float] = field(default_factory=list)
    longest_ms: list[float] = field(default_factory=list)
    next_look_ms: list[float] = field(default_factory=list)

    def look(self) -> None:
        """Read and group all, as a console does that was just started; then look
        again, as it does each second.
        """
        _forget()
        follower, steps = CausesFollower(), []
        began, cpu_began = time.perf_counter(), time.process_time()
        is_incomplete = True
        while is_incomplete:
            step_began = time.perf_counter()
            is_incomplete = follower.step(self.store.causes)
            steps.append(1000 * (time.perf_counter() - step_began))
        self.total_secs.append(time.perf_counter() - began)
        self.cpu_secs.append(time.process_time() - cpu_began)
        self.longest_ms.append(max(steps))
        began = time.perf_counter()
        while follower.step(self.store.causes):
            pass
        self.next_look_ms.append(1000 * (time.perf_counter() - began))


def causes(setup: BenchSetup) -> list[Figure]:
    """Usual failures, and failures of which no text is met twice."""
    figures: list[Figure] = []
    for product in _PRODUCTS:
        try:
            figures += _of(setup, product)
        except NoServer as error:
            print(f"causes: {error}", file=sys.stderr)
    return figures


def _of(setup: BenchSetup, product: str) -> Iterator[Figure]:
    for kind, failure in _KINDS.items():
        with setup.empty_store(product) as store:
            failed_jobs.put(store, setup.size.failed, failure)
            measured = MeasuredCauses(store)
            for _ in range(3 * setup.size.runs):
                measured.look()
        name = f"{setup.size.failed} {kind}, {product}"
        aim = _PRODUCTS[product] if kind == "usual" else None
        yield from _figures(measured, name, aim)


def _figures(
    measured: MeasuredCauses, name: str, at_most: float | None
) -> Iterator[Figure]:
    total, cpu = tuple(measured.total_secs), tuple(measured.cpu_secs)
    yield Figure(f"causes, {name}", "s", total, at_most=at_most)
    yield Figure(f"causes, CPU, {name}", "s CPU", cpu)
    yield Figure(f"causes, longest piece, {name}", "ms", tuple(measured.longest_ms))
    yield Figure(f"causes, next look, {name}", "ms", tuple(measured.next_look_ms))


def _forget() -> None:
    """Nothing is remembered of the look before."""
    for module in (rules, fingerprint, newest_causes):
        for function in vars(module).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
