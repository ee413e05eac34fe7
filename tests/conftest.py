"""What every test may ask for: a fresh database in each kind of store, and an
environment without the developer's own settings in it.

The servers are started when the first test asks for them, once, and shared: a test that
kills, stops or reconfigures one starts a `tests.servers.Server` of its own.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from sq_console.config import DbSettings
from sq_console.store import Store, open_store
from tests.binaries import NoServer, find_binary, is_required
from tests.lanes import mark_slow
from tests.servers import Server
from tests.waiting import eventually as eventually

# How long an example takes says nothing on a busy machine.
hypothesis.settings.register_profile("sq", deadline=None)
hypothesis.settings.load_profile("sq")

SCHEMA = Path(__file__).parent.parent / "schema.sql"

_ENVIRON = dict(os.environ)
"""As it was before `bare_environment`: it names the servers."""
_FOREIGN = (
    *("SQ_", "SSH_", "XDG_", "MYSQL_", "MARIADB_", "TEXTUAL"),
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLORTERM", "COLUMNS", "LINES"),
    *("NOTIFY_SOCKET", "WATCHDOG_", "INVOCATION_ID", "JOURNAL_STREAM"),
)
"""How their names begin; proxies' names end alike."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_slow(items)


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN) or name.upper().endswith("_PROXY")


@pytest.fixture(scope="session", autouse=True)
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing the developer has set reaches the product; their home stays clean."""
    # A shell's background job ignores SIGINT, nohup SIGHUP, and so would every child.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_is_foreign, list(os.environ)):
            patch.delenv(name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def mariadb(bare_environment: None) -> Iterator[Server]:
    """A running MariaDB."""
    yield from _running("mariadb")


@pytest.fixture(scope="session")
def mysql(bare_environment: None) -> Iterator[Server]:
    """A running MySQL."""
    yield from _running("mysql")


def _running(product: str) -> Iterator[Server]:
    try:
        binary = find_binary(product, _ENVIRON)
    except NoServer as error:
        if is_required(product, _ENVIRON):
            pytest.fail(f"SQ_REQUIRE_SERVERS wants {product}: {error}", pytrace=False)
        pytest.skip(str(error))
    server = Server(binary)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "mariadb", "mysql"])
def store_settings(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[DbSettings]:
    """A fresh database with our tables in it: one test for each kind of store."""
    if request.param == "sqlite":
        empty: Path = request.getfixturevalue("empty_sqlite")
        yield DbSettings(
            engine="sqlite", path=str(shutil.copy(empty, tmp_path / "queue.sqlite"))
        )
        return
    server: Server = request.getfixturevalue(request.param)
    settings = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), settings.db)
    yield settings
    server.drop_database(settings.db)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with our tables, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite"
    store = open_store(DbSettings(engine="sqlite", path=str(path)), create=True)
    store.admin.create_schema()
    store.close()
    return path


@pytest.fixture
def store(store_settings: DbSettings) -> Iterator[Store]:
    """An open store on `store_settings`."""
    opened = open_store(store_settings)
    yield opened
    opened.close()
