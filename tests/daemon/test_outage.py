"""The database goes away under running programs and comes back: no program ends, and
each reports both.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState, NewJob
from sq_console.store import open_store
from tests.cli.run_program import running
from tests.conftest import SCHEMA
from tests.handler import HandlerServer
from tests.servers import Server
from tests.waiting import eventually


@pytest.fixture
def own_server(mariadb: Server) -> Iterator[Server]:
    """A server of this test's own, to be killed."""
    server = Server(mariadb.binary)
    yield server
    server.close()


@pytest.fixture
def db(own_server: Server, tmp_path: Path) -> DbSettings:
    """An empty queue on it, and a db.ini that names it."""
    settings = own_server.create_database()
    own_server.command(SCHEMA.read_text(encoding="utf-8"), settings.db)
    (tmp_path / "db.ini").write_text(
        f"[db]\nhost = {settings.host}\nport = {settings.port}\n"
        f"user = {settings.user}\npasswd = {settings.passwd}\ndb = {settings.db}\n"
    )
    return settings


def enqueue(db: DbSettings, url: str) -> int:
    store = open_store(db)
    job_id = store.actions.enqueue(NewJob("post", url), "test@here")[0]
    store.close()
    return job_id


def state(db: DbSettings, job_id: int) -> JobState:
    store = open_store(db)
    try:
        return store.reads.job(job_id).state
    finally:
        store.close()


def test_daemon_and_tail_outlive_the_database(
    own_server: Server, db: DbSettings, tmp_path: Path, handler: HandlerServer
) -> None:
    (tmp_path / "tail").mkdir()
    ini = str(tmp_path / "db.ini")
    with (
        running("--no-ui", cwd=tmp_path) as daemon,
        running("tail", "-f", "-c", ini, cwd=tmp_path / "tail") as tail,
    ):
        first = enqueue(db, handler.url("/ok"))
        eventually(lambda: f"[JOBID {first}] Job succeeded" in tail.out)

        own_server.kill()
        eventually(lambda: "event=store_lost" in daemon.err)
        eventually(lambda: "the database is away" in tail.err)
        own_server.start()

        eventually(lambda: "event=store_regained" in daemon.err, 30)
        eventually(lambda: "the database is back" in tail.err)
        second = enqueue(db, handler.url("/ok"))
        eventually(lambda: f"[JOBID {second}] Job succeeded" in tail.out, 20)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0

    assert state(db, second) is JobState.SUCCEEDED
    assert tail.err.count("is away") == 1
    assert "Traceback" not in daemon.err + tail.err
