"""An embedded database is made for its owner alone."""

import os
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.store import open_store
from tests.store.jobs import add


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_file_and_those_beside_it_are_private(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    path = tmp_path / "queue.sqlite"
    try:
        store = open_store(DbSettings(engine="sqlite", path=str(path)), create=True)
        store.admin.create_schema()
        add(store)
        modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(
        ("queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"), 0o600
    )


def test_the_mode_of_a_file_that_is_there_is_its_owners_choice(tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    path.touch()
    path.chmod(0o660)

    open_store(DbSettings(engine="sqlite", path=str(path)), create=True).close()

    assert path.stat().st_mode & 0o777 == 0o660
