"""A read-only server: a replica, or a primary that was demoted. No job is called there,
also when its user could write all the same.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreReadOnly
from sq_console.model import JobState, NewJob, ProcessorState
from sq_console.store import open_store
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import run_process, running
from tests.conftest import SCHEMA
from tests.handler import HandlerServer
from tests.servers import Server, ini_section
from tests.waiting import eventually

pytestmark = pytest.mark.slow

CASES = [
    ("mariadb", "read_only"),
    ("mysql", "read_only"),
    ("mysql", "super_read_only"),
    ("mysql", "transaction_read_only"),
]

for_sessions_that_are_open = pytest.mark.parametrize(
    "replica",
    [case for case in CASES if case[1] != "transaction_read_only"],
    ids="-".join,
    indirect=True,
)
"""`transaction_read_only` is the default of new sessions only."""


class Replica:
    """A server of these tests' own whose *mode* is switched on and off."""

    def __init__(self, server: Server, mode: str) -> None:
        self.server = server
        self.mode = mode
        self.db = server.create_database()
        server.command(SCHEMA.read_text(encoding="utf-8"), self.db.db)

    def switch(self, to: str) -> None:
        # Off goes the weaker one, which takes the stronger with it.
        mode = self.mode.removeprefix("super_") if to == "OFF" else self.mode
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"SET GLOBAL {mode} = {to}")

    def enqueue(self, url: str, count: int) -> list[int]:
        store = open_store(self.db)
        ids = store.actions.enqueue(NewJob("post", url), "test@here", count)
        store.close()
        return ids

    def states(self, ids: list[int]) -> set[JobState]:
        store = open_store(self.db)
        found = {store.reads.job(job_id).state for job_id in ids}
        store.close()
        return found


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    started: dict[str, Server] = {}
    yield started
    for server in started.values():
        server.close()


@pytest.fixture(params=CASES, ids="-".join)
def replica(
    request: pytest.FixtureRequest, servers: dict[str, Server], tmp_path: Path
) -> Iterator[Replica]:
    """A server that is still writable; its user has ALL rights."""
    product, mode = request.param
    if product not in servers:
        servers[product] = Server(request.getfixturevalue(product).binary)
    replica = Replica(servers[product], mode)
    db: DbSettings = replica.db
    (tmp_path / "db.ini").write_text(ini_section(db))
    (tmp_path / "db.ini").chmod(0o600)
    yield replica
    replica.switch("OFF")
    replica.server.drop_database(db.db)


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    with HandlerServer() as server:
        yield server


def test_of_300_jobs_none_is_called_before_the_server_is_promoted(
    replica: Replica, tmp_path: Path, handler: HandlerServer
) -> None:
    ids = replica.enqueue(handler.url("/ok"), 300)
    replica.switch("ON")

    for form in ("--once", "--until-empty"):
        done = run_process(form, cwd=tmp_path)
        assert done.code == 3
        assert f"the server is read-only ({replica.mode} = ON" in done.err
        assert len(done.err.splitlines()) == 1
    with running("--no-ui", cwd=tmp_path) as daemon:
        eventually(lambda: "event=store_lost" in daemon.err)
        assert "the server is read-only" in daemon.err
        assert not handler.calls
        assert replica.states(ids) == {JobState.PENDING}

        replica.switch("OFF")
        eventually(lambda: len(handler.calls) == 300, 30)
        eventually(lambda: replica.states(ids) == {JobState.SUCCEEDED}, 30)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert daemon.err.count("event=store_lost") == 1
    assert handler.calls == dict.fromkeys(ids, 1)


@for_sessions_that_are_open
def test_a_server_that_becomes_read_only_gets_no_claim_and_no_outcome(
    replica: Replica, tmp_path: Path, handler: HandlerServer
) -> None:
    (first,) = replica.enqueue(handler.url("/held"), 1)
    others = replica.enqueue(handler.url("/ok"), 20)
    with running("--no-ui", "-n", "1", cwd=tmp_path) as daemon:
        eventually(lambda: handler.calls[first])
        replica.switch("ON")
        eventually(lambda: "the server is read-only" in daemon.err)
        handler.answer_held()
        assert replica.states([first]) == {JobState.RUNNING}
        assert replica.states(others) == {JobState.PENDING}
        assert list(handler.calls) == [first]

        replica.switch("OFF")
        everything = [first, *others]
        eventually(lambda: replica.states(everything) == {JobState.SUCCEEDED}, 30)
    assert handler.calls == dict.fromkeys(everything, 1)


def test_check_reports_a_read_only_server_and_verbs_change_nothing(
    replica: Replica, tmp_path: Path
) -> None:
    (job_id,) = replica.enqueue("http://127.0.0.1:9/", 1)
    replica.switch("ON")

    check = run_process("check", cwd=tmp_path)
    assert check.code == 1
    assert f"!! the server is read-only ({replica.mode} = ON" in check.out
    assert check.out.count("!!") == 1
    for verb in (
        ["enqueue", "post", "http://a.example.com/"],
        ["kill", str(job_id)],
        ["edit", str(job_id), "--body", "x"],
    ):
        done = run_process(*verb, cwd=tmp_path)
        assert (done.code, done.out) == (3, ""), verb
        assert f"the server is read-only ({replica.mode} = ON" in done.err, verb
    assert replica.states([job_id]) == {JobState.PENDING}
    assert run_process("ls", cwd=tmp_path).code == 0


def test_the_console_opens_reports_it_and_refuses_to_write(
    replica: Replica, tmp_path: Path, handler: HandlerServer
) -> None:
    (job_id,) = replica.enqueue(handler.url("/ok"), 1)
    replica.switch("ON")
    with in_terminal(cwd=tmp_path, columns=140) as terminal:
        terminal.wait_for("READ-ONLY SERVER, no job is called or changed here")
        terminal.press("n")
        terminal.wait_for("not done: the server is read-only")
        assert not handler.calls

        replica.switch("OFF")
        eventually(lambda: handler.calls[job_id] == 1, 30)


@for_sessions_that_are_open
def test_a_session_opened_before_does_not_write_either(
    replica: Replica,
) -> None:
    store = open_store(replica.db)
    replica.switch("ON")

    with pytest.raises(StoreReadOnly, match=f"{replica.mode} = ON"):
        store.require_writable()
    with pytest.raises(StoreReadOnly):
        store.processors.register(1, "web1:1", 1, ProcessorState.RUNNING)
    store.close()
