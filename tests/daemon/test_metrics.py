"""What a daemon serves at `[metrics] listen`: the metrics, as Prometheus' own parsers
read them, health and readiness.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from sq_console.daemon.metrics.families import FAMILIES, MetricKind
from sq_console.daemon.metrics.host_labels import LABEL_CHARS
from sq_console.model import NewJob
from sq_console.store import Store
from tests.cli.run_program import run_process, running
from tests.daemon.metrics_page import (
    LISTEN,
    address_of,
    fetch,
    openmetrics_names,
    sample,
    samples,
)
from tests.handler import HandlerServer
from tests.secret_text import HUSH
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(2)

SERVE = ("--no-ui", *LISTEN)
TOP = Path(__file__).parent.parent.parent
WITHOUT_EXTRA = """
import sys
sys.modules["prometheus_client"] = None
from sq_console.cli import main
main(sys.argv[1:])
"""


def enqueue(queue: Store, url: str, count: int = 1, **fields: object) -> list[int]:
    job = NewJob("post", url, **fields)  # type: ignore[arg-type]
    return queue.actions.enqueue(job, "test@here", count)


def test_metrics_count_what_was_done_and_pass_the_official_parsers(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    enqueue(queue, handler.url("/ok"), 3)
    enqueue(queue, handler.url("/status/404"))
    enqueue(queue, handler.url("/status/503"), 2, remaining_retries=0)
    enqueue(queue, handler.url("/ok"), 4, delay_secs=3_600)

    with running(*SERVE, cwd=folder) as daemon:
        at = address_of(daemon)
        eventually(lambda: sample(at, "sq_outcomes_total", outcome="succeeded") == 3)
        eventually(lambda: sample(at, "sq_queue_jobs", state="waiting") == 4)
        found = samples(at)
        names = openmetrics_names(at)
        ready = fetch(at, "/readyz")
        healthy = fetch(at, "/healthz", "application/json")

    host = handler.url("").removeprefix("http://")
    assert sample_of(found, "sq_outcomes_total", outcome="failed") == 1
    assert sample_of(found, "sq_outcomes_total", outcome="failed_temporarily") == 2
    labels = {"host": host, "outcome": "succeeded"}
    assert sample_of(found, "sq_host_outcomes_total", **labels) == 3
    assert sample_of(found, "sq_slots") == 50
    assert sample_of(found, "sq_ready") == sample_of(found, "sq_database_up") == 1
    assert (ready, healthy[0]) == ((200, "ready\n"), 200)
    assert json.loads(healthy[1]) == {"healthy": True, "reasons": []}
    families = {family.name.removesuffix("_total") for family in FAMILIES}
    assert families <= names
    assert {name for name in names if name.startswith("sq_")} == families


def sample_of(found: dict, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def test_names_follow_the_conventions() -> None:
    for family in FAMILIES:
        assert family.name.endswith("_total") == (family.kind is MetricKind.COUNTER)
        assert family.name.startswith("sq_")
        assert not family.name.endswith(("_ms", "_secs", "_count", "_sum", "_bucket"))
        assert family.help.endswith(".")


def test_nothing_listens_unless_it_is_said(folder: Path) -> None:
    with running("--no-ui", cwd=folder) as daemon:
        eventually(lambda: "event=processor_started" in daemon.err)
        assert "metrics_listening" not in daemon.err


def test_two_processes_are_one_service_and_a_death_takes_nothing_back(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    enqueue(queue, handler.url("/ok"), 20)
    with running(*SERVE, "--procs", "2", "-n", "3", cwd=folder) as supervisor:
        at = address_of(supervisor)
        eventually(lambda: sample(at, "sq_outcomes_total", outcome="succeeded") == 20)
        eventually(lambda: sample(at, "sq_processors", state="running") == 2)
        assert sample(at, "sq_slots") == 6
        assert openmetrics_names(at)
        held = enqueue(queue, handler.url("/held"), 2)
        eventually(lambda: sum(handler.calls[job_id] for job_id in held) == 2)
        victim = queue.reads.job(held[0])
        (name,) = [
            row.name
            for row in queue.reads.processors()
            if row.id in holders(queue, victim.id)
        ]

        os.kill(int(name.rpartition(":")[2]), signal.SIGKILL)

        eventually(lambda: sample(at, "sq_processors_died_total") == 1)
        eventually(lambda: sample(at, "sq_jobs_rescued_total") >= 1)
        assert sample(at, "sq_outcomes_total", outcome="succeeded") == 20
        eventually(lambda: sample(at, "sq_processors", state="running") == 2)
        handler.answer_held()
        eventually(lambda: sample(at, "sq_outcomes_total", outcome="succeeded") == 22)
        assert fetch(at, "/readyz") == (200, "ready\n")
        supervisor.signal(signal.SIGTERM)
        assert supervisor.wait() == 0


def holders(queue: Store, job_id: int) -> set[int]:
    sql = "SELECT claimed_by FROM queued_job WHERE id = %s"
    return {int(str(row["claimed_by"])) for row in queue.session.rows(sql, (job_id,))}


def test_a_paused_or_draining_processor_is_not_ready_and_says_so(
    folder: Path, queue: Store, handler: HandlerServer
) -> None:
    with running(*SERVE, cwd=folder) as daemon:
        at = address_of(daemon)
        eventually(lambda: fetch(at, "/readyz") == (200, "ready\n"))
        assert run_process("hold", "--all", "--why", "x", cwd=folder).code == 0
        eventually(lambda: "operators hold everything" in fetch(at, "/readyz")[1])
        assert fetch(at, "/readyz")[0] == 200
        assert run_process("resume", "--all-holds", cwd=folder).code == 0
        run_process("pause", cwd=folder)
        paused = (503, "not ready\npaused: paused by an operator\n")
        eventually(lambda: fetch(at, "/readyz") == paused)
        assert sample(at, "sq_processors", state="paused") == 1
        run_process("resume", cwd=folder)
        eventually(lambda: fetch(at, "/readyz") == (200, "ready\n"))
        (job_id,) = enqueue(queue, handler.url("/held"))
        eventually(lambda: handler.calls[job_id])
        daemon.signal(signal.SIGTERM)
        eventually(lambda: fetch(at, "/readyz") == (503, "not ready\ndraining\n"))
        assert fetch(at, "/healthz") == (200, "healthy\n")
        handler.answer_held()
        assert daemon.wait() == 0


def test_a_stopped_process_is_not_healthy(folder: Path, queue: Store) -> None:
    with running(*SERVE, "--procs", "2", cwd=folder) as supervisor:
        at = address_of(supervisor)
        eventually(lambda: sample(at, "sq_processors", state="running") == 2)
        pid = int(queue.reads.processors()[0].name.rpartition(":")[2])

        os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: fetch(at, "/healthz")[0] == 503, 60)
            _, text = fetch(at, "/healthz")
            assert f"processor {pid}: has not reported for" in text
            assert fetch(at, "/readyz")[0] == 200, "the other one claims"
        finally:
            os.kill(pid, signal.SIGCONT)


def test_no_label_has_a_secret_and_foreign_hosts_are_harmless(
    folder: Path, queue: Store
) -> None:
    urls = (
        f"http://u:{HUSH}@127.0.0.1:1/x?token={HUSH}",
        f"http://127.0.0.1:1/{HUSH}",
        f"http://{'a' * 300}.example/",
        'http://a"b\\c.example/',
        "http://a\x1b]0;x\x07.example/\n",
        "no url",
    )
    for url in urls:
        headers = f'{{"Authorization": "Bearer {HUSH}"}}'
        job = NewJob("post", url, HUSH.encode(), headers, remaining_retries=0)
        queue.actions.enqueue(job, "test@here")
    with running(*SERVE, cwd=folder) as daemon:
        at = address_of(daemon)
        eventually(lambda: outcomes(at) == len(urls))
        _, text = fetch(at, "/metrics")
        hosts = {dict(labels).get("host", "") for _, labels in samples(at)}
        assert openmetrics_names(at)

    assert HUSH not in text
    assert "\x1b" not in text
    assert "(none)" in hosts
    assert max(map(len, hosts)) <= LABEL_CHARS + 1
    assert {"127.0.0.1:1"} <= hosts


def outcomes(at: str) -> float:
    found = samples(at).items()
    return sum(value for (name, _), value in found if name == "sq_outcomes_total")


def test_without_the_extra_only_the_metrics_are_missing(folder: Path) -> None:
    with (folder / "err").open("wb") as err:
        program = [sys.executable, "-c", WITHOUT_EXTRA, "db.ini", *SERVE]
        env = os.environ | {"PYTHONPATH": str(TOP)}
        daemon = subprocess.Popen(program, cwd=folder, stderr=err, env=env)
    try:
        log = folder / "err"
        eventually(lambda: "Metrics at http://" in log.read_text())
        at = log.read_text().partition("Metrics at http://")[2].partition("/")[0]
        eventually(lambda: fetch(at, "/readyz") == (200, "ready\n"))
        code, text = fetch(at, "/metrics")
        assert code == 501
        assert "pip install 'sq-console[metrics]'" in text
        assert "pip install 'sq-console[metrics]'" in log.read_text()
    finally:
        daemon.terminate()
        assert daemon.wait(30) == 0


@pytest.mark.parametrize("procs", [(), ("--procs", "2")])
def test_an_address_that_cannot_be_had_is_one_line(
    folder: Path, procs: tuple[str, ...]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        for address, why in (
            (taken, "address already in use"),
            ("192.0.2.1:9108", "cannot assign requested address"),
            ("a..b:9108", "no such address"),
        ):
            done = run_process(
                "--no-ui", *procs, "--metrics-listen", address, cwd=folder
            )

            assert done.code == 2
            assert f"[metrics] listen: {address}: {why}" in done.err
            assert len(done.err.splitlines()) == 1


def test_runs_that_end_by_themselves_do_not_listen(folder: Path) -> None:
    (folder / "db.ini").write_text(
        (folder / "db.ini").read_text() + "[metrics]\nlisten = 192.0.2.1:9108\n"
    )

    assert run_process("--once", cwd=folder).code == 0
    refused = run_process("--once", "--metrics-listen", "127.0.0.1:0", cwd=folder)
    assert refused.code == 2
    assert "--metrics-listen needs --no-ui" in refused.err


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 in this Python")
def test_ipv6_is_listened_at(folder: Path) -> None:
    with running("--no-ui", "--metrics-listen", "[::1]:0", cwd=folder) as daemon:
        at = address_of(daemon)
        assert at.startswith("[::1]:")
        eventually(lambda: fetch(at, "/readyz") == (200, "ready\n"))
