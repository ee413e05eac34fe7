"""A database whose schema is not this program's: every verb that opens it, and every
way to process it, ends at once with one line and exit status 2.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from sq_console.cli import console
from sq_console.model import SCHEMA_VERSION
from sq_console.store import Store
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done
from tests.test_architecture import RUNS

Sq = Callable[..., Done]

ANCESTOR = """
DROP TABLE queued_job; DROP TABLE queued_job_log; DROP TABLE queued_job_meta;
CREATE TABLE queued_job (
  id INTEGER PRIMARY KEY, http_method TEXT, url TEXT, body TEXT, timeout_secs INTEGER,
  last_started_at TEXT, last_finished_at TEXT, last_response TEXT, result_code INTEGER,
  remaining_retries INTEGER, retry_delay_secs INTEGER);
CREATE TABLE queued_job_log (
  id INTEGER PRIMARY KEY, job_id INTEGER, msg TEXT, created_at TEXT);
"""
_SET = "UPDATE queued_job_meta SET value = '{}' WHERE name = 'schema_version'"
NEWER = _SET.format(SCHEMA_VERSION + 1)
OLDER = _SET.format(SCHEMA_VERSION - 1)
MIGRATE = "run `sq-console migrate`"
TOO_OLD = (
    f"the database has schema version {SCHEMA_VERSION + 1}; this sq-console is too old,"
    f" it knows version {SCHEMA_VERSION}: install a newer one"
)
FOUND = {
    "newer": (NEWER, TOO_OLD),
    "older": (OLDER, f"schema version {SCHEMA_VERSION - 1}; {MIGRATE}"),
    "ancestor": (ANCESTOR, f"tables of the strings-queue; {MIGRATE}"),
    "no number": (_SET.format("two"), "install a newer sq-console"),
    "no version": ("DELETE FROM queued_job_meta", MIGRATE),
    "no meta": ("DROP TABLE queued_job_meta", MIGRATE),
    "no tables": ("DROP TABLE queued_job", "no tables of the queue; run `sq-console"),
    "not a queue": (
        "DROP TABLE queued_job; CREATE TABLE queued_job (x)",
        "name the queue's database in [db]",
    ),
}
"""What is done to a database, and what is said of it then."""
TAKES_ANY = frozenset({"init", "migrate", "check", "unit"})
"""Verbs that set a database up, look what it is, or ask it nothing."""


def _is_gated(command: click.Command) -> bool:
    """Does it open the database that the settings name?"""
    return any(param.name == "config" for param in command.params)


def _leaves(command: click.Command, words: str) -> list[tuple[str, click.Command]]:
    """The verbs of a group, each with the words that call it."""
    if not isinstance(command, click.Group):
        return [(words, command)]
    return [
        leaf
        for name, each in command.commands.items()
        for leaf in _leaves(each, f"{words} {name}".strip())
    ]


def _words_for(words: str, command: click.Command) -> str:
    """A run of a verb: of those in `RUNS`, or with a number for each argument."""
    known = [run for run in RUNS if f"{run} ".startswith(f"{words} ")]
    if known:
        return known[0]
    needed = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    return " ".join([words, *("1" for _ in needed)])


GATED = [
    _words_for(words, command)
    for words, command in _leaves(console, "")
    if _is_gated(command) and words not in (*TAKES_ANY, "console")
]
PROCESSING = ["--no-ui", "--once", "--until-empty", "--no-ui --procs 2", "--once -p 2"]


def make(folder: Path, found: str) -> str:
    """Give the database another schema; return what is to be said."""
    script, words = FOUND[found]
    with sqlite3.connect(folder / "queue.sqlite") as file:
        file.executescript(script)
    file.close()
    return words


def test_verbs_are_found() -> None:
    assert {"ls", "show 1", "tail", "snapshot", "bulk ls"} <= set(GATED)
    assert len(GATED) > 20


@pytest.mark.parametrize("run", [*GATED, *PROCESSING])
def test_nothing_is_done_with_a_newer_schema(sq: Sq, folder: Path, run: str) -> None:
    words = make(folder, "newer")

    done = sq(*run.split())

    assert (done.code, done.out) == (2, "")
    *before, line = done.err.splitlines()
    assert line.endswith(words)
    assert all("upervisor" in each for each in before)  # which says that it runs


@pytest.mark.parametrize("found", [name for name in FOUND if name != "newer"])
@pytest.mark.parametrize("run", ["ls", "--once", "--no-ui"])
def test_what_was_found_is_named_with_the_command(
    sq: Sq, folder: Path, run: str, found: str
) -> None:
    words = make(folder, found)

    done = sq(run)

    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize("found", FOUND)
def test_check_says_it_in_a_line_and_goes_on(sq: Sq, folder: Path, found: str) -> None:
    words = make(folder, found).replace("; ", " -> ")

    done = sq("check")

    assert (done.code, done.err) == (1, "")
    (line,) = [line for line in done.lines if "the database has" in line]
    assert line.startswith("!! ")
    assert words in line
    assert any("table queued_job" in line for line in done.lines)


def test_a_console_is_not_opened(folder: Path, queue: Store) -> None:
    make(folder, "newer")
    with in_terminal(cwd=folder) as terminal:
        assert terminal.wait() == 2
        assert "install a newer one" in " ".join(terminal.text.split())
