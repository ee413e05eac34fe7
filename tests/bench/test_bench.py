"""The bench itself: figures come out. Whether they are good is read by people, on a
machine of their own.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
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
from tests.bench.peer_queues import PEERS, NoPeer, running
from tests.bench.queries import TimedSession, in_use
from tests.bench.size import SMALL
from tests.large_tables import RowCounts
from tests.servers import Server
from tests.store.recorded_session import written_statements

pytestmark = pytest.mark.slow

REDIS = """\
import signal, socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[-1])))
signal.pause()
"""
NODE = """\
import pathlib, sys
worker, verb, port, queue, jobs, last, *client = sys.argv[1:]
assert pathlib.Path(worker).exists() and pathlib.Path("call.cjs").exists()
if verb == "work":
    print(int(jobs) / int(last))
"""
NPM_THAT_FAILS = """\
import sys
sys.exit("npm error code E404\\nnpm error 404  'bullmq@6' is not here")
"""
FAMILY = """\
import subprocess, sys
burn = "import time\\nwhile time.process_time() < 0.2: pass"
subprocess.run([sys.executable, "-c", burn])
alive = subprocess.Popen(
    [sys.executable, "-c", burn + "\\nprint(flush=True)\\ninput()"],
    stdin=sys.stdin,
)
alive.wait()
"""


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


@pytest.mark.timeout(300)
def test_work_is_timed_beside_pruning(setup: BenchSetup) -> None:
    figures = {figure.name: figure for figure in MEASURES["prune"](setup)}

    assert all(sample > 0 for it in figures.values() for sample in it.samples)
    assert figures["jobs called beside pruning"].against is not None


def test_a_run_is_timed_by_its_own_log(setup: BenchSetup) -> None:
    with setup.queue(RowCounts(due=40), setup.fast_url) as queue:
        run = programs.run_until_empty(queue, "--procs", "2")

        assert run.jobs == 40
        assert run.rate > 1
        assert run.cpu_secs > 0.1
        assert run.peak_mib > 10


def test_a_run_at_work_is_without_what_an_idle_one_takes() -> None:
    idle = programs.Run(0, 0.0, 0.5, 0.02, 60.0)

    run = programs.Run(1_000, 2.0, 0.75, 0.12, 70.0).without(idle)

    assert run.rate == 500
    assert run.cpu_us_per_job == pytest.approx(250)
    assert run.server_cpu_us_per_job == pytest.approx(100)


def test_a_server_of_many_processes_has_the_cpu_of_all() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as family:
        assert family.stdout is not None
        family.stdout.readline()
        alone = programs.cpu_secs_of(family.pid)
        together = programs.cpu_secs_with_children_of(family.pid)
        family.communicate(b"\n")

    assert together - alone > 0.35  # one child has ended, one is alive: 0.2 s each


def test_a_peer_that_is_not_installed_is_named_in_one_line_and_left_out(
    setup: BenchSetup,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    setup.size = replace(SMALL, jobs=20)
    monkeypatch.setenv("PATH", str(tmp_path))

    names = [figure.name for figure in MEASURES["peers"](setup)]

    assert capsys.readouterr().err.splitlines() == [
        "peers: BullMQ is left out: there is no node",
        "peers: graphile-worker is left out: there is no node",
    ]
    assert {"bare httpx over aiohttp", "one process", "--procs 2"} < set(names)
    assert not [name for name in names if "BullMQ" in name]


def test_a_peer_that_npm_does_not_install_is_left_out_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, node=NODE, redis=REDIS, npm=NPM_THAT_FAILS)

    with pytest.raises(NoPeer) as caught, running(PEERS[0]):
        pass

    assert str(caught.value) == (
        "npm does not install it:"
        " npm error code E404 npm error 404 'bullmq@6' is not here"
    )


def test_a_run_of_a_peer_is_timed_by_its_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, node=NODE, redis=REDIS, npm="")

    with running(PEERS[0]) as peer:
        run = peer.run(100, "http://127.0.0.1:1/", 50, "fetch")
        idle = peer.run(0, "http://127.0.0.1:1/", 50, "fetch")

    assert (run.jobs, run.secs, idle.secs) == (100, 2.0, 0.0)
    assert run.cpu_secs > 0
    assert run.peak_mib > 1


def _stand_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, node: str, redis: str, npm: str
) -> None:
    """Programs of these texts are found, and no others."""
    for name, text in (("node", node), ("redis-server", redis), ("npm", npm)):
        program = folder / name
        program.write_text(f"#!{sys.executable}\n{text}")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


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
