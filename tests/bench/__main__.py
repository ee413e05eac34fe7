"""`python -m tests.bench`: choose measures, take them, print their figures."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tests.bench
from tests.bench.bench_setup import BenchSetup, bench_setup
from tests.bench.bulk_keys import bulk_keys
from tests.bench.causes import causes
from tests.bench.comparison import compare
from tests.bench.console import console
from tests.bench.cost import cost
from tests.bench.figures import Figure, table
from tests.bench.idle import idle
from tests.bench.log_lines import log_lines
from tests.bench.peers import peers
from tests.bench.pickup import pickup
from tests.bench.prune import prune
from tests.bench.queries import queries
from tests.bench.size import FULL, LARGE, SMALL, Size
from tests.bench.slow_calls import slow_calls
from tests.bench.startup import startup
from tests.bench.throughput import throughput
from tests.bench.traffic import traffic

MEASURES: dict[str, Callable[[BenchSetup], list[Figure]]] = {
    "throughput": throughput,
    "peers": peers,
    "pickup": pickup,
    "idle": idle,
    "slow_calls": slow_calls,
    "startup": startup,
    "cost": cost,
    "queries": queries,
    "causes": causes,
    "console": console,
    "bulk_keys": bulk_keys,
    "traffic": traffic,
    "prune": prune,
    "log": log_lines,
}
_IMPORTED = ("prune", "cost", "queries", "causes", "log")
COMPARABLE = tuple(name for name in MEASURES if name not in _IMPORTED)
"""Measures of programs; the others import what they measure."""


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of the measures named, or of all; 1 when an aim is missed."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    names = asked.names or (COMPARABLE if asked.against else MEASURES)
    if asked.against and not set(names) <= set(COMPARABLE):
        parser.error(f"--against compares {', '.join(COMPARABLE)}")
    figures: list[Figure] = []
    with bench_setup(_size(asked)) as setup:
        for name in names:
            began = time.monotonic()
            figures += _measured(name, setup, asked)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    if asked.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=1))
    else:
        print(table(figures))
    return int(any(figure.met is False for figure in figures))


def _measured(name: str, setup: BenchSetup, asked: argparse.Namespace) -> list[Figure]:
    if asked.against is None:
        return MEASURES[name](setup)
    other = asked.against.resolve()
    return compare(MEASURES[name], setup, other, asked.pairs or setup.size.runs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=tests.bench.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[[], *MEASURES], metavar="name")
    parser.add_argument("--json", action="store_true")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="seconds; shows it works")
    size.add_argument("--large", action="store_true", help="10 million rows too")
    parser.add_argument(
        "--against",
        type=_checkout,
        metavar="PATH",
        help="take the measures alternately here and in another checkout",
    )
    parser.add_argument("--pairs", type=int, help="of runs with --against (5)")
    return parser


def _checkout(text: str) -> Path:
    path = Path(text)
    if not (path / "sq_console").is_dir():
        raise argparse.ArgumentTypeError(f"no checkout of sq-console: {text}")
    return path


def _size(asked: argparse.Namespace) -> Size:
    if asked.small:
        return SMALL
    return LARGE if asked.large else FULL


if __name__ == "__main__":
    sys.exit(main())
