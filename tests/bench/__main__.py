"""`python -m tests.bench`: choose measures, take them, print their figures."""

import argparse
import json
import sys
import time
from collections.abc import Callable

from tests.bench.console import console
from tests.bench.cost import cost
from tests.bench.figures import Figure, table
from tests.bench.idle import idle
from tests.bench.pickup import pickup
from tests.bench.queries import queries
from tests.bench.setup import Ground, ground
from tests.bench.size import FULL, LARGE, SMALL, Size
from tests.bench.slow import slow
from tests.bench.startup import startup
from tests.bench.throughput import throughput

MEASURES: dict[str, Callable[[Ground], list[Figure]]] = {
    "throughput": throughput,
    "pickup": pickup,
    "idle": idle,
    "slow": slow,
    "startup": startup,
    "cost": cost,
    "queries": queries,
    "console": console,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the figures of the measures named, or of all; 1 when an aim is missed."""
    asked = _parser().parse_args(arguments)
    figures: list[Figure] = []
    with ground(_size(asked)) as made:
        for name in asked.names or MEASURES:
            began = time.monotonic()
            figures += MEASURES[name](made)
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    if asked.json:
        print(json.dumps([figure.as_json() for figure in figures], indent=1))
    else:
        print(table(figures))
    return int(any(figure.met is False for figure in figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MEASURES], metavar="name")
    parser.add_argument("--json", action="store_true")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true", help="seconds; shows it works")
    size.add_argument("--large", action="store_true", help="10 million rows too")
    return parser


def _size(asked: argparse.Namespace) -> Size:
    if asked.small:
        return SMALL
    return LARGE if asked.large else FULL


if __name__ == "__main__":
    sys.exit(main())
