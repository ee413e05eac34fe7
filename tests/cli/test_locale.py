"""What the locale's character set lacks is written as an escape: never a traceback,
and JSON that is JSON.
"""

import json
import subprocess
from pathlib import Path

import pytest

from sq_console.model import NewJob
from sq_console.store import Store
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import command, environment
from tests.handler import HandlerServer

pytestmark = pytest.mark.mostly_slow(2)

URL = "http://a.example.com/日本/é?emoji=😀"
C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LOCALES = {
    "latin-1 strict": {"PYTHONIOENCODING": "iso-8859-1:strict"},
    "ascii": {"PYTHONIOENCODING": "ascii:strict"},
    "C": C,
    "koi8": {"PYTHONIOENCODING": "koi8-r"},
}
VERBS = ("ls", "show 1", "tail", "retry 1", "-h")


def run(
    folder: Path, locale: str, *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(**LOCALES[locale]),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
    )


def enqueue(queue: Store, url: str = URL) -> None:
    job = NewJob("post", url, "日本".encode(), '{"X": "é"}', 1)
    queue.actions.enqueue(job, "日本@here")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_ends_in_a_traceback(
    folder: Path, queue: Store, locale: str, verb: str
) -> None:
    enqueue(queue)

    done = run(folder, locale, *verb.split())

    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    if verb in ("ls", "show 1"):
        assert rb"a.example.com/\u65e5\u672c/" in done.stdout
        if "latin" in locale:
            assert rb"\u672c/" + b"\xe9?" in done.stdout


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("verb", ["ls", "show 1", "tail"])
def test_json_is_the_same_json(
    folder: Path, queue: Store, locale: str, verb: str
) -> None:
    enqueue(queue)

    done = run(folder, locale, *verb.split(), "--json")

    assert done.returncode == 0, done.stderr
    entry = json.loads(done.stdout.decode("ascii"))
    assert entry.get("url", URL) == URL


@pytest.mark.parametrize("locale", LOCALES)
def test_what_went_wrong_is_said(folder: Path, queue: Store, locale: str) -> None:
    done = run(folder, locale, "ls", "--state", "日本")

    assert done.returncode == 2
    assert done.stderr.startswith(b"sq-console: Invalid value for '--state': '")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("procs", ["", "--procs 2"])
def test_the_daemon_loses_no_line(
    folder: Path, queue: Store, locale: str, procs: str
) -> None:
    with HandlerServer() as handler:
        enqueue(queue, handler.url("/ok?日本"))
        done = run(
            folder,
            locale,
            "--until-empty",
            "--log-level=debug",
            "--log-format=human",
            *procs.split(),
        )

    assert done.returncode == 0, done.stderr
    assert rb"/ok?\u65e5\u672c (timeout" in done.stderr
    assert b"Job succeeded: ok" in done.stderr


def test_a_table_on_a_terminal_is_drawn(folder: Path, queue: Store) -> None:
    enqueue(queue)

    with in_terminal("ls", cwd=folder, **LOCALES["latin-1 strict"]) as terminal:
        assert terminal.wait() == 0, terminal.text
        assert r"\u672c" in terminal.text
