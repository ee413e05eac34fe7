"""A database that is away when the daemon starts. At boot it may start later than the
daemon; waiting does not correct a wrong password.
"""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, NewJob
from sq_console.store import open_store
from tests.cli.run_program import run_process, running
from tests.conftest import SCHEMA
from tests.handler import HandlerServer
from tests.servers import Server, free_port
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(1)

SERVING = pytest.mark.parametrize("form", [["--no-ui"], ["--no-ui", "--procs", "2"]])


def write_ini(folder: Path, **changed: object) -> None:
    db = {"host": "127.0.0.1", "port": free_port(), "user": "u", "passwd": "p"} | {
        "db": "queue",
        **changed,
    }
    lines = [f"{name} = {value}\n" for name, value in db.items()]
    (folder / "db.ini").write_text("[db]\n" + "".join(lines))


@pytest.fixture
def late(mariadb: Server, tmp_path: Path) -> Iterator[tuple[Server, DbSettings]]:
    """A server that is down; its database has the tables."""
    server = Server(mariadb.binary)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    server.stop()
    write_ini(tmp_path, port=db.port, user=db.user, passwd=db.passwd, db=db.db)
    yield server, db
    server.close()


@SERVING
def test_a_daemon_that_serves_waits_for_the_database(
    late: tuple[Server, DbSettings], tmp_path: Path, form: list[str]
) -> None:
    server, db = late
    with HandlerServer() as handler, running(*form, cwd=tmp_path) as daemon:
        eventually(lambda: "event=store_lost" in daemon.err)
        assert f"cannot connect to {db.label}" in daemon.err

        server.start()
        store = open_store(db)
        (job_id,) = store.actions.enqueue(NewJob("post", handler.url()), "test@here")
        eventually(lambda: store.reads.job(job_id).state is JobState.SUCCEEDED, 30)
        store.close()
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert daemon.err.count("event=store_lost") == 1
    assert daemon.err.count("event=store_regained") == 1
    assert "Traceback" not in daemon.err


@SERVING
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_at_once(
    tmp_path: Path, form: list[str], number: int
) -> None:
    write_ini(tmp_path)
    with running(*form, cwd=tmp_path) as daemon:
        eventually(lambda: "event=store_lost" in daemon.err)
        daemon.signal(number)
        assert daemon.wait(5) == 0
    assert "Traceback" not in daemon.err
    assert "stopped" in daemon.err.splitlines()[-1]


def test_a_silent_server_does_not_delay_the_exit(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        write_ini(tmp_path, port=silent.getsockname()[1])
        with running("--no-ui", cwd=tmp_path) as daemon:
            silent.settimeout(30)
            connection, _ = silent.accept()
            daemon.signal(signal.SIGTERM)
            assert daemon.wait(5) == 0
            connection.close()


@pytest.mark.parametrize("goal", ["--once", "--until-empty"])
@pytest.mark.parametrize("procs", [[], ["--procs", "2"]])
def test_once_and_until_empty_do_not_wait(
    tmp_path: Path, goal: str, procs: list[str]
) -> None:
    write_ini(tmp_path)

    done = run_process(goal, *procs, cwd=tmp_path)

    assert done.code == 3
    assert "cannot connect to" in done.err.splitlines()[-1]


@pytest.fixture
def empty(mariadb: Server) -> Iterator[DbSettings]:
    db = mariadb.create_database()
    yield db
    mariadb.drop_database(db.db)


@SERVING
@pytest.mark.parametrize(
    ("wrong", "advice"),
    [
        ({"passwd": "wrong"}, "check [db] user and passwd"),
        ({"user": "nobody"}, "check [db] user and passwd"),
        ({"db": "nowhere"}, "create it, or check [db] db"),
    ],
)
def test_settings_that_the_server_refuses_are_not_waited_for(
    empty: DbSettings,
    tmp_path: Path,
    form: list[str],
    wrong: dict[str, str],
    advice: str,
) -> None:
    right = {"user": empty.user, "passwd": empty.passwd, "db": empty.db}
    write_ini(tmp_path, port=empty.port, **{**right, **wrong})

    done = run_process(*form, cwd=tmp_path)

    assert done.code == 2
    assert advice in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


def test_a_password_that_is_changed_meanwhile_is_an_outage(
    mariadb: Server, tmp_path: Path
) -> None:
    db = mariadb.create_database()
    mariadb.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    mariadb.command(
        f"CREATE USER turn IDENTIFIED BY 'old'; GRANT ALL ON {db.db}.* TO turn"
    )
    write_ini(tmp_path, port=db.port, user="turn", passwd="old", db=db.db)
    with running("--no-ui", cwd=tmp_path) as daemon:
        eventually(lambda: "event=processor_started" in daemon.err)
        mariadb.command("SET PASSWORD FOR turn = PASSWORD('new')")
        for (number,) in mariadb.command(
            "SELECT id FROM information_schema.processlist WHERE user = 'turn'"
        ):
            mariadb.command(f"KILL {number}")
        eventually(lambda: "event=store_lost" in daemon.err)
        mariadb.command("SET PASSWORD FOR turn = PASSWORD('old')")
        eventually(lambda: "event=store_regained" in daemon.err, 20)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    mariadb.command("DROP USER turn")
    mariadb.drop_database(db.db)


def test_systemd_is_notified_of_the_wait_and_is_ready_only_afterwards(
    late: tuple[Server, DbSettings], tmp_path: Path
) -> None:
    server, _ = late
    datagrams: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        notify = str(tmp_path / "notify")
        with running("--no-ui", cwd=tmp_path, NOTIFY_SOCKET=notify) as daemon:
            while not any(b"cannot connect" in line for line in datagrams):
                datagrams.append(systemd.recv(4096))
            assert b"READY=1" not in datagrams
            assert b"EXTEND_TIMEOUT_USEC=30000000" in datagrams
            assert datagrams[-1].startswith(b"STATUS=starting: ")
            server.start()
            while datagrams[-1] != b"READY=1":
                datagrams.append(systemd.recv(4096))
            daemon.signal(signal.SIGTERM)
            assert daemon.wait() == 0


@SERVING
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_was_ignored_at_the_start_stays_ignored(
    folder: Path, form: list[str], number: int
) -> None:
    """As `nohup` and the `&` of a script start it."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        daemon_in_background = running(*form, cwd=folder)
        daemon = daemon_in_background.__enter__()
    finally:
        signal.signal(number, before)
    try:
        eventually(lambda: "event=processor_started" in daemon.err)
        daemon.signal(number)
        status = Path(f"/proc/{daemon.popen.pid}/status").read_text()
        (ignored,) = [line for line in status.splitlines() if line[:7] == "SigIgn:"]
        assert int(ignored.split()[1], 16) & 1 << number - 1
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    finally:
        daemon_in_background.__exit__(None, None, None)
