"""The command line itself: forms, help, mistakes, exit codes, streams, start-up."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console import __version__
from sq_console.cli import console
from sq_console.cli.verbs.open_console import console_log_path
from sq_console.config import DbSettings
from sq_console.store import Store
from tests.cli.jobs_in_states import enqueued
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done, command, environment, run_process

Sq = Callable[..., Done]
VERBS = [name for name, verb in console.commands.items() if not verb.hidden]


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_shows_the_console_and_all_verbs(sq: Sq, flag: str) -> None:
    done = sq(flag)

    assert (done.code, done.err) == (0, "")
    assert "sq-console [CONFIG] [OPTIONS]" in done.out
    assert "--no-ui" in done.out
    for verb in VERBS:
        assert f"\n  {verb} " in done.out


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(sq: Sq, verb: str) -> None:
    done = sq(verb, "-h")

    assert done.code == 0
    assert done.out.startswith(f"Usage: sq-console {verb} ")


def test_help_beside_options_of_the_console_is_the_same_help(sq: Sq) -> None:
    assert sq("--no-ui", "-h").out == sq("-h").out


@pytest.mark.parametrize("flag", ["--version", "-v", "--verbose"])
def test_the_version(sq: Sq, flag: str) -> None:
    assert sq(flag).out == f"sq-console {__version__}\n"


@pytest.mark.parametrize("arguments", [("-v", "ls"), ("ls", "-v")])
def test_verbose_tells_which_database_on_standard_error(
    sq: Sq, arguments: tuple[str, ...]
) -> None:
    done = sq(*arguments)

    assert "settings from db.ini" in done.err
    assert "settings" not in done.out


def test_a_mistyped_verb_gets_a_suggestion(sq: Sq) -> None:
    done = sq("retyr", "1")

    assert done.code == 2
    assert done.err == (
        "sq-console: no command or config file 'retyr'; did you mean 'retry'?"
        " (see 'sq-console -h')\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("missing.ini", "--no-ui"), "missing.ini: no such file"),
        (("--once", "-c", "missing.ini"), "missing.ini: no such file"),
        (("ls", "-c", "mysql://u:hush@h/db"), "a url names no settings; copy"),
        (("ls", "-c", "missing.ini"), "missing.ini: no such file"),
        (("db.ini", "-c", "db.ini"), "CONFIG and --config exclude each other"),
        (("-c", "db.ini", "ls"), "a verb comes before its options"),
        (("db.ini", "other.ini", "--no-ui"), "unexpected extra argument (other.ini)"),
        (("--onec",), "No such option '--onec'"),
        (("ls", "--limit"), "Option '--limit' requires an argument"),
        (("--once", "-n", "0"), "'0' is not a whole number from 1 to 10,000"),
        (("--once", "-n", "many"), "'many' is not a whole number"),
        (("--once", "--until-empty"), "exclude each other"),
        (("--watch", "--no-ui"), "--watch needs the console"),
        (("--watch", "--process"), "exclude each other"),
        (("--no-ui", "--log-format", "xml"), "'xml' is not one of"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    sq: Sq, arguments: tuple[str, ...], reason: str
) -> None:
    done = sq(*arguments)

    assert (done.code, done.out) == (2, "")
    assert reason in done.err
    assert done.err.startswith("sq-console: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("ini", "reason"),
    [
        (
            "[db]\npth = q\n",
            "[db] pth: unknown key; did you mean path?",
        ),
        ("[db]\nport = x\n", "[db] port: must be a whole number"),
        ("[dbb]\n", "unknown section [dbb]; did you mean db?"),
        ("nonsense\n", "line 1: outside any section"),
        ("[db]\n\xff", "[db]"),
    ],
)
def test_a_bad_ini_is_one_line_naming_file_section_and_key(
    sq: Sq, folder: Path, ini: str, reason: str
) -> None:
    (folder / "db.ini").write_text(ini, encoding="latin-1")

    done = sq("ls")

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("sq-console: db.ini: ")
    assert done.err.count("\n") == 1
    if not ini.endswith("\xff"):
        assert reason in done.err


def test_the_config_comes_from_the_environment(
    sq: Sq, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "db.ini").rename(folder / "other.ini")
    monkeypatch.setenv("SQ_CONFIG", "other.ini")

    assert sq("ls").code == 0


def test_bare_without_a_config_is_the_help_and_exit_2(sq: Sq, folder: Path) -> None:
    (folder / "db.ini").unlink()

    done = sq()

    assert (done.code, done.out) == (2, "")
    assert "Usage: sq-console [CONFIG]" in done.err
    assert done.err.splitlines()[-1].startswith("sq-console: no config file")


@pytest.mark.parametrize("arguments", [(), ("db.ini",), ("--watch",), ("demo",)])
def test_the_console_without_a_terminal_names_no_ui(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    done = run_process(*arguments, cwd=folder)

    assert (done.code, done.out) == (2, "")
    assert "without one use --no-ui" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("ls",), ("check",), ("enqueue", "get", "http://a/"), ("--once",)]
)
def test_a_database_that_is_away_is_exit_3(
    sq: Sq, folder: Path, arguments: tuple[str, ...]
) -> None:
    (folder / "db.ini").write_text(
        "[db]\nhost = 127.0.0.1\nport = 9\nuser = u\npasswd = hunter2\ndb = q\n"
    )

    done = sq(*arguments)

    assert done.code == 3
    assert done.err.startswith("sq-console: ")
    assert done.err.count("\n") == 1
    assert "hunter2" not in done.err


def test_a_reader_that_goes_away_is_no_complaint(folder: Path, queue: Store) -> None:
    for _ in range(3):
        enqueued(queue)
    read, write = os.pipe()
    os.close(read)

    done = subprocess.run(
        command("ls"),
        cwd=folder,
        env=environment(),
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=20,
    )
    os.close(write)

    assert done.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_output_that_cannot_be_written_is_a_failure(folder: Path, queue: Store) -> None:
    enqueued(queue)

    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("ls"),
            cwd=folder,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=20,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(b"sq-console: cannot write: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("verb", ["ls", "-h"])
def test_without_standard_output_a_verb_says_that_it_cannot_write(
    folder: Path, verb: str
) -> None:
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command(verb)]

    done = subprocess.run(
        closed, cwd=folder, env=environment(), stderr=subprocess.PIPE, timeout=20
    )

    assert done.returncode == 1
    assert done.stderr == b"sq-console: cannot write: Bad file descriptor\n"


LOADED = """
import sys
from sq_console.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
heavy = {"textual", "httpx", "httptools", "rich", "pymysql", "http.server", "asyncio"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [("-h",), ("ls",), ("tail",), ("retry", "1")])
def test_a_verb_loads_nothing_it_does_not_need(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert done.stderr.splitlines()[-1] == "[]"


def test_a_terminal_gets_a_table_that_fits(folder: Path, queue: Store) -> None:
    enqueued(queue, "http://a.example.com/" + "long/" * 100)

    with in_terminal("ls", cwd=folder, columns=80) as terminal:
        assert terminal.wait() == 0

    rows = terminal.text.replace("\r\n", "\n").rstrip().split("\n")
    assert len(rows) == 2
    assert all(len(row) <= 80 for row in rows)
    assert "pending" in rows[1]
    assert "post a.example.com/…" in rows[1]
    assert "/long/long…  " in rows[1]


def test_the_console_logs_under_the_state_directory(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}

    mysql = console_log_path(DbSettings(db="shop/../x"), environ)
    sqlite = console_log_path(
        DbSettings(engine="sqlite", path="/a/b/queue.sqlite"), environ
    )

    assert mysql == tmp_path / "sq-console" / "shop_.._x.log"
    assert sqlite == tmp_path / "sq-console" / "queue.log"
    assert (tmp_path / "sq-console").stat().st_mode & 0o777 == 0o700
