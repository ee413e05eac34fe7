"""A folder with a db.ini and an embedded database, and the program run in it."""

import io
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sq_console.cli import main
from sq_console.config import DbSettings
from sq_console.model import Job, NewJob
from sq_console.store import Store, open_store
from tests.cli.run_program import Done

INI = "[db]\nengine = sqlite\npath = queue.sqlite\n"


@pytest.fixture
def folder(tmp_path: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program runs."""
    (tmp_path / "db.ini").write_text(INI)
    shutil.copy(empty_sqlite, tmp_path / "queue.sqlite")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def queue(folder: Path) -> Iterator[Store]:
    """The database the program works on."""
    store = open_store(DbSettings(engine="sqlite", path=str(folder / "queue.sqlite")))
    yield store
    store.close()


@pytest.fixture
def sq(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """Run the program in this process: `sq("ls", "--json")`."""

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        code = leaving.value.code
        assert isinstance(code, int)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def new_job(queue: Store) -> Callable[..., Job]:
    """A job in the queue."""

    def enqueue(url: str = "http://a.example.com/", **fields: object) -> Job:
        job = NewJob(http_method="post", url=url, **fields)  # type: ignore[arg-type]
        return queue.reads.job(queue.actions.enqueue(job, "test@here")[0])

    return enqueue
