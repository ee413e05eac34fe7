"""The same measures of two checkouts, taken alternately on one machine.

Each pair measures both, on the same server and the same large queue, and the next pair
begins with the other one: what slows the machine down for a while slows both.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from tests.bench.bench_setup import TOP, BenchSetup
from tests.bench.figures import Figure

Measure = Callable[[BenchSetup], list[Figure]]


def compare(
    measure: Measure, setup: BenchSetup, other: Path, pairs: int
) -> list[Figure]:
    """The figures of *measure* here beside those in *other*: medians of *pairs* runs,
    and the median of the pairs' ratios.
    """
    once = replace(setup.size, runs=1)
    taken: dict[Path, list[list[Figure]]] = {TOP: [], other: []}
    size, checkout = setup.size, setup.checkout
    setup.size = once
    try:
        for pair in range(pairs):
            for setup.checkout in (TOP, other) if pair % 2 == 0 else (other, TOP):
                taken[setup.checkout].append(measure(setup))
    finally:
        setup.size, setup.checkout = size, checkout
    return [*_beside_each_other(taken[TOP], taken[other])]


def _beside_each_other(
    here: list[list[Figure]], there: list[list[Figure]]
) -> Iterable[Figure]:
    theirs = _medians(there)
    for figure in here[0]:
        samples = _medians(here)[figure.name]
        other = Figure("the other checkout", figure.unit, theirs[figure.name])
        yield Figure(figure.name, figure.unit, samples, against=other)


def _medians(runs: list[list[Figure]]) -> dict[str, tuple[float, ...]]:
    """Name -> the median of each run."""
    names = [figure.name for figure in runs[0]]
    by_run = [{figure.name: figure.median for figure in run} for run in runs]
    return {name: tuple(run[name] for run in by_run) for name in names}
