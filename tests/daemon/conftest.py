"""A folder with a db.ini and an embedded database, and a handler to call."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.store import Store, open_store
from tests.handler import HandlerServer

INI = "[db]\nengine = sqlite\npath = queue.sqlite\n"


@pytest.fixture
def folder(tmp_path: Path, empty_sqlite: Path) -> Path:
    """Where the daemon runs."""
    (tmp_path / "db.ini").write_text(INI)
    shutil.copy(empty_sqlite, tmp_path / "queue.sqlite")
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> Iterator[Store]:
    """The database the daemon works on."""
    store = open_store(DbSettings(engine="sqlite", path=str(folder / "queue.sqlite")))
    yield store
    store.close()


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    """A real HTTP server."""
    with HandlerServer() as server:
        yield server
