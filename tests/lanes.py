"""Which tests are quick and which are slow.

A quick run (plain `pytest`) shows each room on SQLite and MariaDB in some hundred
seconds; `.ci/run` and `pytest -m ''` run the slow ones too.

`@pytest.mark.slow` is slow: query plans, fault doses, the bench, and what takes
seconds. `@pytest.mark.mostly_slow(2)` on a test with many cases, or on a file, leaves
the first two quick on each engine. A test of `tests/ui` that opens a console takes most
of a second: the first four of a file are quick. MySQL is always slow: MariaDB runs the
same. There too a test with many cases has two quick ones: the rest of them is quick on
SQLite.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

_SERVERS_QUICK_CASES = 2
_CONSOLES_OF_A_FILE = 4


def mark_slow(items: list[pytest.Item]) -> None:
    """Add the marker `slow` to what the markers of *items* and their engines say."""
    cases: Counter[tuple[str, str]] = Counter()
    for item in items:
        engine = _engine(item)
        for counted, quick in _limits(item, engine):
            cases[counted, engine] += 1
            if cases[counted, engine] > quick:
                item.add_marker(pytest.mark.slow)


def _limits(item: pytest.Item, engine: str) -> Iterator[tuple[str, int]]:
    """What is counted for *item*, and how many of it are quick."""
    if engine == "mysql":
        yield "mysql", 0
    if engine == "mariadb":
        yield f"mariadb {_test(item)}", _SERVERS_QUICK_CASES
    if "tests/ui/test_" in item.nodeid and "queue" in getattr(item, "fixturenames", ()):
        yield f"console {item.nodeid.partition('::')[0]}", _CONSOLES_OF_A_FILE
    for node, marker in item.iter_markers_with_node("mostly_slow"):
        yield (_test(item) if node is item else node.nodeid), marker.args[0]


def _test(item: pytest.Item) -> str:
    """The test without its case."""
    return item.nodeid.partition("[")[0]


def _engine(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec is not None else ()
    return next((e for e in ("mysql", "mariadb", "sqlite") if e in values), "")
