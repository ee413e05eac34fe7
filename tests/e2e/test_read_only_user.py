"""A database user with no more than SELECT has a console that works and only looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreError
from sq_console.model import ResultCode
from sq_console.store import Store, open_store
from tests.cli.run_program import run_process
from tests.conftest import SCHEMA
from tests.e2e.conftest import write_ini
from tests.e2e.screen import console
from tests.known_passwords import READER
from tests.servers import Server
from tests.store.jobs import add, run_to
from tests.store.jobs import enter as register

USER = "reader"
READING = {"SELECT", "SET", "SHOW", "START", "BEGIN", "COMMIT", "ROLLBACK"}


@pytest.fixture(params=["mariadb", "mysql"])
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A queue, beside a db.ini of a user who may only read it."""
    server: Server = request.getfixturevalue(request.param)
    db = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), db.db)
    server.command(
        f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{READER}';"
        f" GRANT SELECT ON {db.db}.* TO '{USER}'@'%'"
    )
    write_ini(tmp_path, replace(db, user=USER, passwd=READER))
    store = open_store(db)
    yield store
    store.close()
    server.drop_database(db.db)


def furnish(store: Store) -> None:
    register(store)
    run_to(store, ResultCode.PERMANENT, url="http://billing.example.com/1")
    store.processors.unregister(4_611_686_018_427_387_905)
    add(store, url="http://billing.example.com/2")


def everything(store: Store) -> list[object]:
    tables = ("queued_job", "queued_job_log", "queued_job_processor")
    return [store.session.rows(f"SELECT * FROM {table}") for table in tables]


def test_the_console_reads_refuses_and_registers_nothing(
    reader: Store, tmp_path: Path
) -> None:
    furnish(reader)
    before = everything(reader)
    with console("db.ini", cwd=tmp_path, columns=80, lines=24) as screen:
        screen.shows("READ-ONLY")
        screen.press("3")
        screen.shows("billing.example.com")
        for key in "reKnP":
            screen.press(key)
            screen.shows("not done: this console is READ-ONLY")
        screen.press("q")
        assert screen.terminal.wait() == 0

    assert everything(reader) == before


@contextmanager
def statements_of(server: Server, user: str) -> Iterator[set[str]]:
    """First words of all that *user* asks in the block, as the server logged it."""
    seen: set[str] = set()
    server.command("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1")
    try:
        yield seen
    finally:
        server.command("SET GLOBAL general_log = 0")
        rows = server.command(
            "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log"
            f" WHERE command_type = 'Query' AND user_host LIKE '%{user}%'"
        )
        seen.update(str(text).split()[0].upper() for (text,) in rows)
        server.command("TRUNCATE mysql.general_log")


@pytest.mark.slow
def test_nothing_is_asked_that_is_denied_and_nothing_is_said_of_it(
    reader: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    furnish(reader)
    product = request.node.callspec.params["reader"]
    server: Server = request.getfixturevalue(product)
    with (
        statements_of(server, USER) as asked,
        console("db.ini", cwd=tmp_path, columns=120, lines=40) as screen,
    ):
        screen.shows("READ-ONLY")
        for key, words in (("1", "Pending"), ("3", "billing"), ("4", "Log")):
            screen.press(key)
            screen.shows(words)
        written = screen.terminal.text
        screen.press("q")
        assert screen.terminal.wait() == 0

    assert "SELECT" in asked
    # EXPLAIN is how a write is tried that must not be made.
    assert asked <= READING | {"EXPLAIN"}
    for words in ("denied", "GRANT", "not done", "DATABASE LOST", "has ended"):
        assert words not in written
    assert reader.reads.processors() == []


def test_check_says_so_and_a_processor_ends_in_one_line(
    reader: Store, tmp_path: Path
) -> None:
    checked = run_process("check", cwd=tmp_path)
    served = run_process("db.ini", "--once", cwd=tmp_path)

    assert checked.code == 1
    assert "the console opens READ-ONLY, no processor works here" in checked.out
    assert "where that is meant: `sq-console check --as reader`" in checked.out
    assert "-> GRANT INSERT ON" in checked.out
    assert served.code == 1
    assert reader.reads.processors() == []


@pytest.mark.mostly_slow(1)
def test_a_store_opened_to_read_stays_so(store_settings: DbSettings) -> None:
    store = open_store(store_settings, read_only=True)

    with pytest.raises(StoreError):
        add(store)
    store.close()
    again = open_store(store_settings, read_only=True)
    assert again.reads.counts().due == 0
    again.close()
