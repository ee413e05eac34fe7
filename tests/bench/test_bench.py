"""The bench itself: figures come out. Whether they are good is read by people, on a
machine of their own.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import sq_console.store.queries
from sq_console.store.assembly import assemble
from tests.bench import programs
from tests.bench.__main__ import MEASURES
from tests.bench.bench_setup import TOP, BenchSetup
from tests.bench.comparison import compare
from tests.bench.console_queries import READINGS
from tests.bench.figures import Figure, percentile, table
from tests.bench.queries import TimedSession, in_use
from tests.bench.size import SMALL
from tests.large_tables import RowCounts
from tests.servers import Server
from tests.store.recorded_session import written_statements

pytestmark = pytest.mark.slow


@pytest.fixture
def setup(mariadb: Server, tmp_path: Path) -> Iterator[BenchSetup]:
    """Stands on the server of the other tests."""
    made = BenchSetup(SMALL, tmp_path, given=mariadb)
    yield made
    made.close()


def test_measures_give_figures(setup: BenchSetup) -> None:
    for name in ("pickup", "idle", "cost", "queries", "causes", "log"):
        figures = MEASURES[name](setup)

        assert figures, name
        for figure in figures:
            assert figure.samples, figure.name
            assert all(sample >= 0 for sample in figure.samples), figure.name
            json.dumps(figure.as_json())
        assert len(table(figures).splitlines()) == 1 + len(figures)


def test_every_query_of_a_console_is_among_those_that_are_timed(
    setup: BenchSetup,
) -> None:
    queue = setup.large_queue(10_000)  # causes are read in pieces
    with queue.store() as store, in_use(queue, store):
        session = TimedSession(store.session)
        for read in READINGS.values():
            read(assemble(session, store.admin))
    asked = "\n".join(session.taken)

    written = dict(written_statements(sq_console.store.queries))

    assert [name for name, sql in written.items() if sql not in asked] == []


@pytest.mark.timeout(300)
def test_keys_are_timed_while_a_bulk_action_is_counted_done_and_pulled_back(
    setup: BenchSetup,
) -> None:
    figures = MEASURES["bulk_keys"](setup)

    names = " ".join(figure.name for figure in figures)
    assert all(words in names for words in ("counted", "retried", "pulled back"))
    assert all(sample > 0 for figure in figures for sample in figure.samples)


def test_a_run_is_timed_by_its_own_log(setup: BenchSetup) -> None:
    with setup.queue(RowCounts(due=40), setup.fast_url) as queue:
        run = programs.run_until_empty(queue, "--procs", "2")

        assert run.jobs == 40
        assert run.rate > 1
        assert run.cpu_secs > 0.1
        assert run.peak_mib > 10


def test_two_checkouts_are_measured_alternately_each_with_its_own_schema(
    setup: BenchSetup, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    schema = (TOP / "schema.sql").read_text(encoding="utf-8")
    (other / "schema.sql").write_text(f"{schema}\nCREATE TABLE of_other (id INT);")
    seen: list[Path] = []

    def measure(at: BenchSetup) -> list[Figure]:
        with at.queue() as queue:
            seen.append(queue.checkout)
            is_other = bool(queue.command("SHOW TABLES LIKE 'of_other'"))
        return [Figure("it", "s", (4.0 if is_other else 2.0,))]

    (figure,) = compare(measure, setup, other, 3)

    assert seen == [TOP, other, other, TOP, TOP, other]
    assert (figure.samples, figure.ratio) == ((2.0, 2.0, 2.0), 0.5)


def test_a_yardstick_makes_its_calls(setup: BenchSetup) -> None:
    for kind in ("httpx", "aiohttp", "ours"):
        assert programs.bare_loop_rate(kind, setup.fast_url, 50, 5) > 1


def test_a_figure_is_held_against_its_yardstick() -> None:
    yard = Figure("bare loop", "calls/s", (100, 300, 200))
    ours = Figure("ours", "jobs/s", (150, 170, 160), yard, at_least=0.75)
    slow = Figure("claim", "ms", (2.0, 4.0), at_most=2.5)

    assert (ours.median, ours.ratio, ours.met) == (160, 0.8, True)
    assert (slow.median, slow.ratio, slow.met) == (3.0, None, False)
    assert (yard.aim, yard.met) == ("", None)
    lines = table([yard, ours, slow]).splitlines()
    assert lines[2].split() == [
        *("ours", "160", "jobs/s", "150-170", "0.80", "bare", "loop", ">=", "0.75"),
        "met",
    ]
    assert lines[3].endswith("MISSED")


def test_a_percentile_is_a_sample() -> None:
    samples = range(1, 101)

    assert percentile(samples, 0.5) == 50
    assert percentile(samples, 0.99) == 99
    assert percentile([7.0], 0.99) == 7.0
