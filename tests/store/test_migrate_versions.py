"""Every earlier version of ours becomes the present one, without a hold: the meaning of
its rows was always this.
"""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import SchemaMismatch, StoreRefused
from sq_console.model import SCHEMA_VERSION
from sq_console.store import open_store
from tests.servers import Server
from tests.store.jobs import ME, add, claim, enter
from tests.store.migrated import everything, migrate, migrate_and_die
from tests.store.older_schemas import (
    MYSQL_VERSIONS,
    SQLITE_VERSIONS,
    mysql_version,
    sqlite_version,
)

JOB = "INSERT INTO queued_job (http_method, url) VALUES ('post', 'http://a.example/')"

ALIVE = """
INSERT INTO queued_job_processor (id, name, version, concurrency, state)
VALUES (1, 'web1:7', '0', 1, 'running')"""


@pytest.fixture(params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def older(server: Server) -> Iterator[DbSettings]:
    """A database of the first version, with a job."""
    settings = server.create_database()
    server.command(mysql_version("1a"), settings.db)
    server.command(JOB, settings.db)
    yield settings
    server.drop_database(settings.db)


def wrong(db: DbSettings) -> list[str]:
    store = open_store(db, any_schema=True)
    try:
        found = store.admin.found_schema()
        return [found.described, *(it.text for it in store.admin.check() if not it.ok)]
    finally:
        store.close()


@pytest.mark.parametrize("version", MYSQL_VERSIONS)
def test_a_version_becomes_the_present_one(server: Server, version: str) -> None:
    db = server.create_database()
    server.command(mysql_version(version), db.db)
    server.command(JOB, db.db)
    before = server.command("SELECT created_at, run_at FROM queued_job", db.db)

    report = migrate(db)

    assert not report.is_held
    assert wrong(db) == [f"schema version {SCHEMA_VERSION}"]
    times = server.command("SELECT created_at, run_at FROM queued_job", db.db)
    assert times == before
    server.command("UPDATE queued_job SET result_code = 1, set_aside_at = NOW()", db.db)
    assert server.command("SELECT state FROM queued_job", db.db) == [("set_aside",)]
    server.drop_database(db.db)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_after_each_statement_the_next_run_ends_the_same(
    server: Server, older: DbSettings
) -> None:
    migrate(older)
    wanted = everything(server, older.db)
    after, came_so_far = 0, True
    while came_so_far:
        after += 1
        again = server.create_database()
        server.command(mysql_version("1a"), again.db)
        server.command(JOB, again.db)
        came_so_far = migrate_and_die(again, after)
        migrate(again)
        found = everything(server, again.db)
        assert found.keys() == wanted.keys()
        differing = {name for name in found if found[name] != wanted[name]} - {"jobs"}
        assert differing == set(), f"killed after {after}"
        server.drop_database(again.db)
    assert after > 8


def test_on_mysql_a_processor_of_the_older_version_finds_its_keys_at_any_moment(
    mysql: Server,
) -> None:
    server, older = mysql, mysql.create_database()
    server.command(mysql_version("1a"), older.db)
    server.command(JOB, older.db)
    stopping, failed = threading.Event(), []
    looks = (
        "SELECT id FROM queued_job FORCE INDEX (claim)"
        " WHERE state = 'pending' AND priority = 0 AND run_at <= NOW(3)",
        "SELECT id FROM queued_job FORCE INDEX (due) WHERE state = 'pending'",
    )

    def look() -> None:
        while not stopping.is_set():
            for sql in looks:
                try:
                    assert len(server.command(sql, older.db)) == 1
                except Exception as error:  # noqa: BLE001 - whatever it was
                    failed.append(repr(error))

    looking = threading.Thread(target=look)
    looking.start()
    migrate(older)
    stopping.set()
    looking.join(30)

    assert failed == []


def test_on_mariadb_processors_of_the_older_version_are_to_be_drained_first(
    mariadb: Server,
) -> None:
    db = mariadb.create_database()
    mariadb.command(mysql_version("1a"), db.db)
    mariadb.command(ALIVE, db.db)
    with pytest.raises(StoreRefused, match=r"alive: web1:7.*drain"):
        migrate(db)

    mariadb.command("DELETE FROM queued_job_processor", db.db)
    assert migrate(db).steps > 5


def test_a_dropped_key_of_the_present_version_is_built(
    server: Server, older: DbSettings
) -> None:
    migrate(older)
    server.command("ALTER TABLE queued_job DROP KEY claim", older.db)

    assert migrate(older).steps == 1
    assert wrong(older) == [f"schema version {SCHEMA_VERSION}"]


def test_a_newer_version_is_refused(server: Server, older: DbSettings) -> None:
    server.command("UPDATE queued_job_meta SET value = '99' WHERE name ="
                   " 'schema_version'", older.db)  # fmt: skip
    with pytest.raises(SchemaMismatch, match=r"schema version 99.*it knows version 2"):
        migrate(older)


def embedded(tmp_path: Path, version: str) -> DbSettings:
    path = tmp_path / f"{version}.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(sqlite_version(version))
        connection.execute(JOB)
    connection.close()
    return DbSettings(engine="sqlite", path=str(path))


@pytest.mark.parametrize("version", SQLITE_VERSIONS)
def test_an_embedded_version_becomes_the_present_one(
    tmp_path: Path, version: str
) -> None:
    db = embedded(tmp_path, version)

    migrate(db)

    assert wrong(db) == [f"schema version {SCHEMA_VERSION}"]
    assert migrate(db).steps == 0
    store = open_store(db, any_schema=True)
    enter(store)
    add(store, 1)
    assert len(claim(store, 5, ME)) == 2
    store.close()


def test_an_embedded_migration_that_is_killed_has_changed_nothing(
    tmp_path: Path,
) -> None:
    db = embedded(tmp_path, "1")

    class Killed(BaseException):
        pass

    def die(text: str) -> None:
        if text.startswith("9/"):
            raise Killed

    from sq_console.store import open_migrator

    with open_migrator(db) as migrator, pytest.raises(Killed):
        migrator.migrate("anna", die)

    assert wrong(db)[0] == "schema version 1"
    migrate(db)
    assert wrong(db) == [f"schema version {SCHEMA_VERSION}"]
