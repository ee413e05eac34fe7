"""The watchdog of systemd: fed while a daemon moves, also through an outage of the
database, and not while its event loop, a lane or a child stands still.
"""

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from sq_console.config import DbSettings, Settings
from sq_console.daemon.log.event_log import open_log
from sq_console.daemon.procs import child, supervisor
from sq_console.daemon.procs.supervisor import Supervisor
from sq_console.daemon.reports import Report
from sq_console.daemon.run import Assignment, SignalQueue, run_processor
from sq_console.daemon.systemd import Systemd
from sq_console.model import JobState, NewJob
from sq_console.processor.events import CallStarted, Event, ProcessorStarted
from sq_console.processor.status import Goal, Times
from sq_console.store import Store
from tests.cli.run_program import running
from tests.conftest import SCHEMA
from tests.daemon.notify_socket import NotifySocket, notify_socket
from tests.handler import HandlerServer
from tests.servers import Server
from tests.waiting import eventually

FED = "WATCHDOG=1"
SERVING = pytest.mark.parametrize("form", [["--no-ui"], ["--no-ui", "--procs", "2"]])


@pytest.fixture
def systemd(folder: Path) -> Iterator[NotifySocket]:
    with notify_socket(folder / "notify") as listening:
        yield listening


def environ(systemd: NotifySocket, usec: int = 2_000_000) -> dict[str, str]:
    return {"NOTIFY_SOCKET": systemd.path, "WATCHDOG_USEC": str(usec)}


def enqueue(queue: Store, url: str, count: int = 1) -> list[int]:
    return queue.actions.enqueue(NewJob("post", url), "test@here", count)


def grows(systemd: NotifySocket, state: str, by: int) -> Callable[[], bool]:
    target = systemd.count(state) + by
    return lambda: systemd.count(state) >= target


class StandingListener(Systemd):
    """Stops the event loop at the first call, until it may go on."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__(environ)
        self.go_on = threading.Event()

    def on_event(self, event: Event) -> None:
        super().on_event(event)
        if isinstance(event, CallStarted):
            self.go_on.wait(60)


def beside(drive: Callable[[], None], at_end: Callable[[], None]) -> Future[None]:
    """Drive the daemon, which has the main thread, from another one; then *at_end*."""

    def do() -> None:
        try:
            drive()
        finally:
            at_end()

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(do)
    finally:
        pool.shutdown(wait=False)


def test_it_is_not_fed_while_the_event_loop_stands(
    folder: Path, queue_: Store, handler: HandlerServer, systemd: NotifySocket
) -> None:
    settings = Settings(DbSettings(engine="sqlite", path=str(folder / "queue.sqlite")))
    assignment = Assignment(settings, Goal.SERVE, times=Times(loop_stall=0.5))
    listener = StandingListener(environ(systemd))
    signals: SignalQueue = queue.SimpleQueue()

    def drive() -> None:
        eventually(grows(systemd, FED, 2))
        enqueue(queue_, handler.url("/ok"))
        systemd.status(lambda line: "the event loop has not moved for" in line)
        systemd.forget()
        eventually(lambda: sum(each[:7] == "STATUS=" for each in systemd.datagrams) > 3)
        assert systemd.count(FED) == 0
        listener.go_on.set()
        eventually(grows(systemd, FED, 1))

    def end() -> None:
        listener.go_on.set()
        signals.put(signal.SIGTERM)

    driven = beside(drive, end)
    log = open_log(folder / "log", "human")

    assert run_processor(assignment, log, listener, signals) == 0
    driven.result()
    logged = (folder / "log").read_text()
    assert logged.count("error: Stalled: the event loop has not moved for") == 1
    assert logged.count("It moves again") == 1


@pytest.fixture
def queue_(queue: Store) -> Store:
    """`queue` is a module here."""
    return queue


def test_a_child_that_hangs_is_killed_and_replaced_and_nothing_is_fed_meanwhile(
    folder: Path,
    queue_: Store,
    handler: HandlerServer,
    systemd: NotifySocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "SILENT_SECS", 4.0)
    monkeypatch.setattr(supervisor, "HANGING_SECS", 2.5)
    for name, value in environ(systemd).items():
        monkeypatch.setenv(name, value)
    settings = Settings(DbSettings(engine="sqlite", path=str(folder / "queue.sqlite")))
    log = open_log(folder / "log", "human")
    supervising = Supervisor(Assignment(settings, Goal.SERVE), 2, log)
    fed_while_hanging = []

    def drive() -> None:
        systemd.status(lambda line: line == "2 processors, 0/s, 0 running, 0 failing")
        eventually(grows(systemd, FED, 2))
        ids = enqueue(queue_, handler.url("/held"), 2)
        systemd.status(lambda line: "2 running" in line)
        hanging, _ = pids(queue_)
        os.kill(hanging, signal.SIGSTOP)
        eventually(lambda: any(each.stalled for each in supervising._living()))
        systemd.forget()
        eventually(lambda: "hangs, and is killed: no report" in read(folder / "log"))
        fed_while_hanging.append(systemd.count(FED))
        eventually(lambda: hanging not in pids(queue_) and len(pids(queue_)) == 2)
        eventually(grows(systemd, FED, 1))
        handler.answer_held()
        eventually(
            lambda: {queue_.reads.job(i).state for i in ids} == {JobState.SUCCEEDED}
        )

    driven = beside(drive, lambda: supervising._received.put(signal.SIGTERM))

    assert supervising.supervise() == 0
    log.finish()
    driven.result()
    # One may have been under way when the hang was seen.
    assert fed_while_hanging[0] <= 1


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def pids(queue: Store) -> list[int]:
    return [int(row.name.split(":")[-1]) for row in queue.reads.processors()]


@pytest.fixture
def own_server(mariadb: Server, tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, to be killed, and a db.ini that names it."""
    server = Server(mariadb.binary)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    (tmp_path / "db.ini").write_text(
        f"[db]\nhost = {db.host}\nport = {db.port}\nuser = {db.user}\n"
        f"passwd = {db.passwd}\ndb = {db.db}\n"
    )
    yield server
    server.close()


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(
    ("form", "seconds"),
    [
        (["--no-ui", "--procs", "2"], 3),
        (["--no-ui"], 60),
        (["--no-ui", "--procs", "2"], 60),
    ],
)
def test_it_is_fed_through_an_outage_of_the_database(
    own_server: Server, tmp_path: Path, form: list[str], seconds: int
) -> None:
    with (
        notify_socket(tmp_path / "notify") as systemd,
        running(*form, cwd=tmp_path, **environ(systemd)) as daemon,
    ):
        eventually(lambda: systemd.count("READY=1"))
        own_server.kill()
        systemd.status(lambda line: "Connection refused" in line or "Lost" in line)
        eventually(grows(systemd, FED, seconds), 3 * seconds + 30)  # one a second
        own_server.start()
        eventually(lambda: "event=store_regained" in daemon.err, 30)
        eventually(grows(systemd, FED, 1))
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert "hangs" not in daemon.err
    assert "talled" not in daemon.err


@SERVING
@pytest.mark.mostly_slow(1)
def test_a_drain_extends_the_timeout_of_the_stop(
    folder: Path,
    queue_: Store,
    handler: HandlerServer,
    systemd: NotifySocket,
    form: list[str],
) -> None:
    with running(*form, cwd=folder, **environ(systemd)) as daemon:
        eventually(lambda: systemd.count("READY=1"))
        ids = enqueue(queue_, handler.url("/held"))
        eventually(lambda: handler.calls[ids[0]])
        daemon.signal(signal.SIGTERM)
        eventually(lambda: systemd.count("STOPPING=1"))
        eventually(grows(systemd, "EXTEND_TIMEOUT_USEC=30000000", 2))
        systemd.status(lambda line: line.startswith("draining: "))
        handler.answer_held()
        assert daemon.wait() == 0
    assert systemd.count("READY=1") == systemd.count("STOPPING=1") == 1


def test_a_watchdog_that_waits_for_another_process_is_not_fed(
    systemd: NotifySocket,
) -> None:
    own = Systemd({**environ(systemd, 1), "WATCHDOG_PID": str(os.getpid())})
    others = Systemd({**environ(systemd, 1), "WATCHDOG_PID": "1"})
    odd = Systemd({**environ(systemd), "WATCHDOG_USEC": "soon"})
    for each in (others, odd):
        each.on_report(running_report())
    assert systemd.count(FED) == 0
    own.on_report(running_report())
    assert systemd.count(FED) == 1


def test_a_service_becomes_ready_though_systemd_reads_late(
    systemd: NotifySocket,
) -> None:
    own = Systemd(environ(systemd))
    for _ in range(1_000):
        own.on_report(running_report())  # more than waits for a reader
    own.on_event(ProcessorStarted("web1:1", 50))
    assert systemd.count("READY=1") == 0

    for _ in range(3):
        own.on_report(running_report())

    assert systemd.count("READY=1") == 1


def running_report() -> Report:
    from tests.daemon.test_reports import STATUS

    return Report(STATUS, {})
