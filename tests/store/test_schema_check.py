"""Tables that are not as ours, files that are not there, sockets that refuse: named,
with what to do, and nothing made that nobody asked for.
"""

import gc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import StoreRefused, StoreUnavailable
from sq_console.model import Finding
from sq_console.store import Store, open_store
from sq_console.store.schema import tables
from sq_console.store.schema.findings import KEY_IS_FOR
from tests.servers import Server

SQLITE = pytest.mark.parametrize("store_settings", ["sqlite"], indirect=True)
INIT = "run `sq-console init`"


def wrong(store: Store) -> list[Finding]:
    return [finding for finding in store.admin.check() if not finding.ok]


def test_a_missing_table_is_named_and_made(store: Store):
    store.session.execute("DROP TABLE queued_job_hold")

    assert wrong(store) == [Finding(False, "no table queued_job_hold", INIT)]
    assert store.admin.create_schema().created == ("queued_job_hold",)
    assert wrong(store) == []


def test_a_missing_column_is_named_and_init_is_not_said_to_add_it(store: Store):
    store.session.execute("ALTER TABLE queued_job_log DROP COLUMN actor")

    (finding,) = wrong(store)
    assert finding.text == "table queued_job_log lacks the columns actor"
    assert finding.advice == "run `sq-console migrate`"
    with pytest.raises(StoreRefused, match="is there, but lacks actor; nothing was"):
        store.admin.create_schema()


@SQLITE
def test_a_missing_key_of_the_embedded_database_is_named_and_made(store: Store):
    store.session.execute("DROP INDEX claim")

    text = "table queued_job lacks the keys claim"
    why = "without claim a claim locks the whole backlog"
    assert wrong(store) == [Finding(False, text, f"{INIT}; {why}")]
    store.admin.create_schema()
    assert wrong(store) == []


@SQLITE
def test_of_a_missing_key_is_said_what_it_is_for(store: Store):
    store.session.execute("DROP INDEX host_finished")

    (finding,) = wrong(store)
    assert "what ended at one host is found by reading all" in finding.advice
    assert "claim" not in finding.advice


def test_every_key_is_for_something():
    assert {key for table in tables() for key in table.keys} == set(KEY_IS_FOR)


@pytest.fixture
def may_not_create(mariadb: Server, store_settings: DbSettings) -> Iterator[DbSettings]:
    """A user who may only use the tables."""
    mariadb.command(
        "CREATE USER user IDENTIFIED BY 'user'; GRANT SELECT, INSERT, UPDATE, DELETE"
        f" ON {store_settings.db}.* TO user"
    )
    yield replace(store_settings, user="user", passwd="user")
    mariadb.command("DROP USER user")


@pytest.mark.parametrize("store_settings", ["mariadb"], indirect=True)
def test_the_right_to_make_tables_is_needed_only_when_one_is_missing(
    store: Store, may_not_create: DbSettings
):
    user = open_store(may_not_create)

    assert user.admin.create_schema().created == ()
    store.session.execute("DROP TABLE queued_job_hold")
    with pytest.raises(StoreRefused, match=r"CREATE command denied.*; GRANT CREATE"):
        user.admin.create_schema()
    user.close()


def test_a_file_that_is_not_there_is_made_only_when_that_is_asked(tmp_path: Path):
    db = DbSettings(engine="sqlite", path=str(tmp_path / "ty?po %20.sqlite"))

    with pytest.raises(StoreUnavailable, match=r"no such file; `sq-console init` make"):
        open_store(db)
    assert list(tmp_path.iterdir()) == []

    open_store(db, create=True).close()
    open_store(db, any_schema=True).close()
    assert Path(db.path).is_file()


@pytest.mark.parametrize(
    ("path", "why"),
    [("", "it is a directory"), ("no/queue.sqlite", "no directory .*no$")],
)
def test_a_path_that_cannot_be_a_file_is_said_to_be_what_it_is(
    tmp_path: Path, path: str, why: str
):
    db = DbSettings(engine="sqlite", path=str(tmp_path / path))

    with pytest.raises(StoreUnavailable, match=why):
        open_store(db, create=True)


@pytest.mark.slow
def test_a_socket_that_refuses_is_named_and_closed(tmp_path: Path):
    path = str(tmp_path / "mysqld.sock")
    db = DbSettings(unix_socket=path, user="u", db="q")

    with pytest.raises(StoreUnavailable) as caught:
        open_store(db)

    assert str(caught.value) == (
        f"cannot connect to u@{path}/q: {path}: No such file or directory;"
        " check [db] unix_socket"
    )
    del caught
    gc.collect()  # one left open would be reported here, which fails the test


@pytest.mark.parametrize("product", ["mariadb", "mysql"])
def test_a_local_socket_is_safe_enough_for_a_password(
    product: str, request: pytest.FixtureRequest
):
    server: Server = request.getfixturevalue(product)
    db = server.create_database()

    over_socket = replace(db, unix_socket=str(server.socket))
    open_store(over_socket, any_schema=True).close()

    server.drop_database(db.db)
