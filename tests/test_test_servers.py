"""The tests' own servers: found, crashed, frozen, and gone when the tests are."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymysql
import pytest

from tests.binaries import Binary, ServerFailed, find_binary, is_required
from tests.servers import PASSWD, USER, Server
from tests.waiting import eventually

TOP = Path(__file__).parent.parent
START_ONE = """
import sys
from pathlib import Path
from tests.binaries import Binary
from tests.servers import Server
server = Server(Binary(Path(sys.argv[1]), "mariadb", (), None))
print(server.port, server.socket.parent, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(mariadb: Server) -> Iterator[Server]:
    server = Server(mariadb.binary)
    yield server
    server.close()


def reaches(server: Server, timeout_secs: float = 10) -> bool:
    try:
        pymysql.connect(
            host="127.0.0.1",
            port=server.port,
            user=USER,
            password=PASSWD,
            read_timeout=timeout_secs,
        ).close()
    except pymysql.err.OperationalError:
        return False
    return True


def test_a_crashed_server_comes_back_on_its_port_with_what_was_committed(
    own: Server,
) -> None:
    db = own.create_database().db
    own.command("CREATE TABLE t (n INT); INSERT INTO t VALUES (7)", db)

    own.kill()
    gone = not reaches(own)
    own.start()

    assert gone
    assert reaches(own)
    assert own.command("SELECT n FROM t", db) == [(7,)]


def test_a_frozen_server_takes_connections_and_does_not_answer(own: Server) -> None:
    own.pause()
    frozen = not reaches(own, timeout_secs=0.2)
    own.cont()

    assert frozen
    assert reaches(own)


def test_servers_end_with_the_tests_even_when_these_are_killed(mariadb: Server) -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", START_ONE, mariadb.binary.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=TOP,
    )
    with tests:
        assert tests.stdout is not None
        port, folder = tests.stdout.readline().split()
        os.kill(tests.pid, signal.SIGKILL)

    eventually(lambda: not is_open(int(port)) and not Path(folder).exists())


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(path: Path, answer: str) -> Path:
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path


def test_a_named_binary_goes_before_those_of_the_machine(tmp_path: Path) -> None:
    named = program(tmp_path / "mysqld", "mysqld  Ver 8.4.3 for Linux on x86_64")

    found = find_binary("mysql", {"SQ_TEST_SERVERS": f"{named}"})

    assert found == Binary(named, "mysql", (8, 4, 3), root=None)


def test_a_folder_root_beside_a_binary_is_where_it_is_chrooted(tmp_path: Path) -> None:
    named = program(tmp_path / "mysqld", "mysqld  Ver 11.4.2-MariaDB for debian")
    (tmp_path / "root").mkdir()

    found = find_binary("mariadb", {"SQ_TEST_SERVERS": f"{named}"})

    assert found == Binary(named, "mariadb", (11, 4, 2), root=tmp_path / "root")


@pytest.mark.parametrize("answer", ["nonsense", "mysqld Ver x"])
def test_a_named_binary_that_is_no_server_is_an_error(
    tmp_path: Path, answer: str
) -> None:
    named = program(tmp_path / "mysqld", answer)

    with pytest.raises(ServerFailed, match="names no version"):
        find_binary("mysql", {"SQ_TEST_SERVERS": f"{named}"})


def test_a_named_binary_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="does not name its version"):
        find_binary("mysql", {"SQ_TEST_SERVERS": f"{tmp_path / 'mysqld'}"})


def test_servers_are_required_by_name() -> None:
    environ = {"SQ_REQUIRE_SERVERS": "mariadb, mysql"}

    assert is_required("mariadb", environ)
    assert is_required("mysql", environ)
    assert not is_required("mysql", {"SQ_REQUIRE_SERVERS": "mariadb"})
    assert not is_required("mysql", {})
