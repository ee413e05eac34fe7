"""A folder with a db.ini for a real server, loaded the way an operator loads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.store import Store, open_store
from tests.conftest import SCHEMA
from tests.servers import Server, ini_section


@dataclass
class Place:
    """Where the program runs, and its database."""

    folder: Path
    db: DbSettings
    store: Store


def write_ini(folder: Path, db: DbSettings) -> None:
    (folder / "db.ini").write_text(ini_section(db))
    (folder / "db.ini").chmod(0o600)  # or daemons warn of it


@pytest.fixture(params=["mariadb", "mysql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """On a database into which schema.sql was loaded with the command line client."""
    server: Server = request.getfixturevalue(request.param)
    db = server.create_database()
    server.load(SCHEMA, db.db)
    write_ini(tmp_path, db)
    store = open_store(db)
    yield Place(tmp_path, db, store)
    store.close()
    server.drop_database(db.db)
