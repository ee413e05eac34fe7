"""The queue's own database is not called, by whichever way the store reaches it."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, Listening, ResultCode
from sq_console.store import Store, open_store
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed, last_msg
from tests.processor.conftest import MakeCaller
from tests.processor.run_processor import run_until_empty
from tests.servers import Server
from tests.store.jobs import add

SOCKET = DbSettings(unix_socket="/run/db.sock", host="db.example", user="u", db="d")


@pytest.fixture(params=["mariadb", "mysql"])
def over_socket(request: pytest.FixtureRequest) -> Iterator[DbSettings]:
    """A queue that its store reaches over a socket."""
    server: Server = request.getfixturevalue(request.param)
    tcp = server.create_database()
    store = open_store(tcp, create=True)
    store.admin.create_schema()
    store.close()
    yield replace(tcp, unix_socket=str(server.socket), host="ignored", port=1)
    server.drop_database(tcp.db)


@pytest.fixture
def store(over_socket: DbSettings) -> Iterator[Store]:
    opened = open_store(over_socket)
    yield opened
    opened.close()


def test_a_server_reports_where_it_listens(store: Store) -> None:
    (row,) = store.session.rows("SELECT @@port AS port, @@hostname AS name")

    listening = store.reads.listening()

    assert row["port"] in listening.ports
    assert row["name"] == listening.hosts[0].encode()
    assert not {"", "*", "::", "0.0.0.0"} & set(listening.hosts)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "[::1]"])
def test_a_database_reached_over_a_socket_is_not_called_at_its_port(
    store: Store, over_socket: DbSettings, host: str
) -> None:
    (row,) = store.session.rows("SELECT @@port AS port")
    aborted = "SHOW GLOBAL STATUS LIKE 'Aborted_connects'"
    before = store.session.rows(aborted)
    (job_id,) = add(store, url=f"http://{host}:{row['port']}/")

    run_until_empty(over_socket)

    job = store.reads.job(job_id)
    assert (job.state, job.last_error) == (JobState.FAILED, "address refused")
    assert "the queue's own database" in store.reads.job_log(job_id)[-1].msg
    assert store.session.rows(aborted) == before


async def test_every_port_of_the_server_is_refused_on_every_loopback_address(
    make_caller: MakeCaller, handler: HandlerServer
) -> None:
    caller = await make_caller(
        db=SOCKET, listening=Listening(frozenset({handler.port, 3306}))
    )

    for host in ("127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "localhost"):
        for port in (handler.port, 3306):
            outcome = await call(caller, claimed(f"http://{host}:{port}/ok"))
            assert outcome.error == "address refused"
            assert "the queue's own database" in last_msg(outcome)
    assert handler.connections == 0


async def test_the_name_and_the_addresses_of_the_server_are_refused_too(
    make_caller: MakeCaller, handler: HandlerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"db.example": "203.0.113.1", "primary": "203.0.113.2", "own": "127.0.0.1"}

    def answer(host: str, *_: object, **__: object) -> list[object]:
        if host == "lost":
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, 1, 6, "", (known.get(host, host), 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    caller = await make_caller(
        db=replace(SOCKET, unix_socket="", port=handler.port),
        listening=Listening(
            frozenset({handler.port}), ("lost", "own", "primary", "203.0.113.3")
        ),
    )

    for host in ("db.example", "primary", *(f"203.0.113.{n}" for n in (1, 2, 3))):
        outcome = await call(caller, claimed(f"http://{host}:{handler.port}/"))
        assert outcome.error == "address refused", host
    # Every machine may resolve the server's own name to itself, as `own` does here:
    # that does not make an address of this machine the database.
    reached = await call(caller, claimed(handler.url("/ok")))
    assert reached.result is ResultCode.SUCCEEDED


def test_a_sqlite_file_listens_on_no_port(empty_sqlite: Path) -> None:
    file = open_store(DbSettings(engine="sqlite", path=str(empty_sqlite)))

    assert file.reads.listening() == Listening()
    file.close()
