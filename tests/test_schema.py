"""The tables: the same in every kind of store, and no obstacle to any producer.

What SQLite's tables are is compared with what each server made of schema.sql, rather
than their texts with each other.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.binaries import client_program
from tests.conftest import SCHEMA
from tests.schema_tables import (
    Run,
    columns,
    keys,
    loaded,
    runner,
    sqlite_columns,
    sqlite_keys,
)
from tests.servers import Server

FOUNDING_INSERT = (
    "INSERT INTO queued_job (http_method, url, body, timeout_secs) VALUES"
    " ('post', 'http://something.example.com/somewhere', 'some post body', 120)"
)

HOSTS = {
    "http://example.com": "example.com",
    "http://example.com/": "example.com",
    "HTTPS://EXAMPLE.com:8443/Path?q#f": "example.com:8443",
    "http://example.com?q=/a": "example.com",
    "http://example.com#f?q": "example.com",
    "http://user:pass@example.com/": "example.com",
    "http://user:p@ss@example.com/": "example.com",
    "http://@example.com/": "example.com",
    "http://example.com/path@elsewhere": "example.com",
    "http://example.com?who@elsewhere": "example.com",
    "http://example.com#who@elsewhere": "example.com",
    "http://[::1]:8080/": "[::1]:8080",
    "http://127.0.0.1:8080": "127.0.0.1:8080",
    "http://example.com.:80/": "example.com.:80",
    "http://bücher.example/": "bücher.example",
    "http://😀.example/": "😀.example",
    "http://%65xample.com/": "%65xample.com",
    "http://a b/": "a b",
    "http://a\r\nb/": "a\r\nb",
    "http://a\x1b[2Jb/": "a\x1b[2jb",
    "http://a\\b/": "a\\b",
    "http://a'; DROP TABLE queued_job; --/": "a'; drop table queued_job; --",
    f"http://{'x' * 400}.example/": "x" * 255,
    f"http://{'u' * 400}@example.com/": "example.com",
    f"http://example.com/{'x' * 60_000}": "example.com",
    "http://": "",
    "http:///path": "",
    "http://@": "",
    "http://user@/": "",
    "http:/example.com/": "",
    "http:example.com": "",
    "ftp://example.com/": "",
    "file:///etc/passwd": "",
    "javascript:alert(1)": "",
    "//example.com/": "",
    "example.com": "",
    " http://example.com/": "",
    "": "",
    "\x00": "",
    "@" * 65_535: "",
    "/?#@" * 16_000: "",
}
"""url -> host, for every store."""

STATES = [
    # claimed_by, result_code, remaining_retries, state
    (None, None, 5, "pending"),
    (None, None, 0, "pending"),
    (None, 0, 5, "succeeded"),
    (None, 1, 5, "failed"),
    (None, 2, 1, "pending"),
    (None, 2, 0, "failed"),
    (None, 2, -1, "failed"),
    (None, 3, 5, "killed"),
    (None, 4, 5, "failed"),
    (None, -1, 5, "failed"),
    (7, None, 5, "running"),
    (7, 0, 5, "running"),
    (7, 2, 0, "running"),
    (7, 3, 0, "running"),
    (0, None, 5, "running"),
]

PIECES = st.sampled_from(["http://", "HttpS://", *"/?#@:.[]\\'\"%_;\r\n \tAz", "😀"])
ANY = st.characters(codec="utf-8")
# SQLite folds the case of ASCII letters only and ends a text at its NUL, servers do
# neither: each database is at one with itself, and hosts' names have none of these.
SAME = ANY.filter(lambda c: c != "\0" and (c.isascii() or c == c.lower()))


def _urls(characters: st.SearchStrategy[str]) -> st.SearchStrategy[list[str]]:
    url = st.lists(PIECES | characters, max_size=30).map("".join)
    return st.lists(url | url.map("http://".__add__))


@pytest.fixture(scope="module")
def sqlite_tables(
    empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    path = tmp_path_factory.mktemp("schema") / "queue.sqlite"
    path.write_bytes(empty_sqlite.read_bytes())
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")

    def run(sql: str, *params: object) -> list[tuple[object, ...]]:
        return connection.execute(sql.replace("%s", "?"), params).fetchall()

    yield run
    connection.close()


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    running: Server = request.getfixturevalue(request.param)
    return running


@pytest.fixture(scope="module")
def server_tables(server: Server) -> Iterator[Run]:
    with loaded(server) as run:
        yield run


@pytest.fixture(scope="module", params=["sqlite", "mariadb", "mysql"])
def tables(request: pytest.FixtureRequest) -> Iterator[Run]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_tables")
        return
    with loaded(request.getfixturevalue(request.param)) as run:
        yield run


def test_sqlite_has_the_tables_of_the_server(
    sqlite_tables: Run, server_tables: Run
) -> None:
    assert sqlite_columns(sqlite_tables).keys() == columns(server_tables).keys()


def test_sqlite_has_the_columns_of_the_server_in_the_same_order(
    sqlite_tables: Run, server_tables: Run
) -> None:
    assert sqlite_columns(sqlite_tables) == columns(server_tables)


def test_sqlite_has_the_keys_of_the_server(
    sqlite_tables: Run, server_tables: Run
) -> None:
    assert sqlite_keys(sqlite_tables) == keys(server_tables)


def test_the_founding_insert_makes_a_pending_job(tables: Run) -> None:
    tables("DELETE FROM queued_job")

    tables(FOUNDING_INSERT)

    (row,) = tables(
        "SELECT http_method, url, body, timeout_secs, state, host, remaining_retries,"
        " retry_delay_secs, priority, attempts, rescues FROM queued_job"
    )
    assert row[:4] == (
        *("post", "http://something.example.com/somewhere"),
        *("some post body", 120),
    )
    assert row[4:] == ("pending", "something.example.com", 5, 60, 0, 0, 0)
    assert tables(
        "SELECT COUNT(COALESCE(organization_id, last_started_at, last_finished_at,"
        " last_response, result_code, headers, claimed_by, kill_requested_at,"
        " kill_requested_by, max_retries, last_status_code, last_error,"
        " requeued_from)) FROM queued_job"
    ) == [(0,)]


def test_a_new_job_is_due_at_once(tables: Run) -> None:
    tables("DELETE FROM queued_job")

    tables(FOUNDING_INSERT)

    assert tables("SELECT run_at = created_at, run_at IS NULL FROM queued_job") == [
        (1, 0)
    ]


@pytest.mark.parametrize(
    ("claimed_by", "result_code", "remaining_retries", "state"), STATES
)
def test_the_state_is_derived_from_the_row(
    tables: Run,
    claimed_by: int | None,
    result_code: int | None,
    remaining_retries: int,
    state: str,
) -> None:
    tables("DELETE FROM queued_job")

    tables(
        "INSERT INTO queued_job (http_method, url, claimed_by, result_code,"
        " remaining_retries) VALUES ('get', 'http://a/', %s, %s, %s)",
        *(claimed_by, result_code, remaining_retries),
    )

    assert tables("SELECT state FROM queued_job") == [(state,)]


def test_every_url_can_be_inserted_and_has_the_host_it_should(tables: Run) -> None:
    assert _hosts(tables, list(HOSTS)) == list(HOSTS.values())


@given(urls=_urls(SAME))
def test_stores_agree_on_the_host_of_any_url(
    sqlite_tables: Run, server_tables: Run, urls: list[str]
) -> None:
    assert _hosts(sqlite_tables, urls) == _hosts(server_tables, urls)


@given(urls=_urls(ANY))
def test_no_url_makes_the_insert_fail(tables: Run, urls: list[str]) -> None:
    assert all(len(host) <= 255 for host in _hosts(tables, urls))


@pytest.mark.parametrize("character", "İẞﬀΐß😀", ids=ascii)
def test_no_host_outgrows_its_column_in_lower_case(tables: Run, character: str) -> None:
    (host,) = _hosts(tables, [f"http://{character * 300}/"])

    assert len(host) == 255


@pytest.mark.parametrize("charset", ["utf8mb3", "latin1"])
def test_the_default_charset_of_the_database_does_not_matter(
    server: Server, server_tables: Run, charset: str
) -> None:
    with loaded(server, charset) as run:
        assert _hosts(run, ["http://😀.example/"]) == ["😀.example"]
        assert columns(run) == columns(server_tables)
        assert keys(run) == keys(server_tables)


def test_loading_the_schema_twice_changes_nothing(server: Server) -> None:
    with loaded(server) as run:
        run(FOUNDING_INSERT)
        before = _everything(run)

        server.command(SCHEMA.read_text(encoding="utf-8"), _database(run))

        assert _everything(run) == before


@pytest.mark.skipif(client_program() is None, reason="no mysql or mariadb program")
def test_the_command_line_client_loads_the_schema(
    server: Server, server_tables: Run
) -> None:
    db = server.create_database().db

    server.load(SCHEMA, db)
    server.load(SCHEMA, db)

    with server.connect(db) as connection:
        assert columns(runner(connection)) == columns(server_tables)
    server.drop_database(db)


def _everything(run: Run) -> object:
    names = [name for (name,) in run("SHOW TABLES")]
    rows = [run(f"SELECT * FROM {name}") for name in names]
    return rows, [run(f"SHOW CREATE TABLE {name}") for name in names]


def _database(run: Run) -> str:
    return str(run("SELECT DATABASE()")[0][0])


def _hosts(run: Run, urls: Sequence[str]) -> list[str]:
    run("DELETE FROM queued_job")
    if urls:
        run(
            "INSERT INTO queued_job (http_method, url) VALUES"
            + ", ".join(["('get', %s)"] * len(urls)),
            *urls,
        )
    return [str(host) for (host,) in run("SELECT host FROM queued_job ORDER BY id")]
