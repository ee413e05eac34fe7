"""A queue in a folder of its own, named the same on every machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.handler import HandlerServer
from tests.ui.queue import Queue


@pytest.fixture
def queue(
    tmp_path: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Queue]:
    """A queue without jobs; a processor elsewhere is alive."""
    monkeypatch.chdir(tmp_path)
    Path("jobs.sqlite").write_bytes(empty_sqlite.read_bytes())
    made = Queue("jobs.sqlite")
    made.processor()
    yield made
    made.store.close()


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    """A real HTTP server."""
    with HandlerServer() as server:
        yield server
