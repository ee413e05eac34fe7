"""The man page says what `--help` says, in a form that `man` reads."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from sq_console import __version__
from sq_console.cli import console
from sq_console.cli.man_page import man_page
from sq_console.cli.run_notes import ENVIRONMENT, EXIT_CODES
from tests.cli.run_program import TOP, Done

Sq = Callable[..., Done]
needs_mandoc = pytest.mark.skipif(
    shutil.which("mandoc") is None and "SQ_REQUIRE_SERVERS" not in os.environ,
    reason="no mandoc on this machine; .ci/run installs it",
)


def visible(command: click.Command) -> list[click.Command]:
    """The command and all below it that help shows."""
    found = [command]
    for verb in getattr(command, "commands", {}).values():
        found += [] if verb.hidden else visible(verb)
    return found


def mandoc(page: str, *options: str) -> str:
    done = subprocess.run(
        ["mandoc", *options],
        input=page,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def shown() -> str:
    """The page as it is read, all blanks alike."""
    printed = mandoc(man_page(console), "-T", "utf8", "-O", "width=200")
    return " ".join(re.sub(".\b", "", printed).split())


@needs_mandoc
def test_the_page_is_faultless_roff() -> None:
    assert mandoc(man_page(console), "-T", "lint", "-W", "style") == ""


@needs_mandoc
def test_every_help_text_and_option_is_in_it(shown: str) -> None:
    commands = visible(console)
    assert len(commands) > 20
    for command in commands:
        assert " ".join((command.help or "").split()) in shown
        for param in command.params:
            record = param.get_help_record(click.Context(command))
            if record is not None and record[1]:
                assert " ".join(" ".join(record).split()) in shown


@needs_mandoc
def test_what_a_run_answers_and_reads_is_in_it(shown: str) -> None:
    for term, meaning in (*EXIT_CODES, *ENVIRONMENT):
        assert f"{term} {meaning}" in shown
    assert f"sq-console {__version__}" in shown


def test_help_has_the_same_exit_codes_and_variables(sq: Sq) -> None:
    text = " ".join(sq("-h").out.split())

    for term, meaning in (*EXIT_CODES, *ENVIRONMENT):
        assert f"{term} {meaning}" in text


def test_every_variable_of_ours_is_listed() -> None:
    ours = re.compile(r"\"(SQ_[A-Z_]+)\"")
    read = {
        name
        for path in (TOP / "sq_console").rglob("*.py")
        for name in ours.findall(path.read_text(encoding="utf-8"))
    }
    listed = {name for names, _ in ENVIRONMENT for name in names.split(", ")}

    assert "SQ_CONFIG" in read
    assert read <= listed
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert {name for name in read if name not in readme} == set()


def test_the_verb_prints_the_page(sq: Sq, folder: Path) -> None:
    (folder / "db.ini").unlink()  # no settings are needed

    done = sq("man")

    assert (done.code, done.err) == (0, "")
    assert done.out == man_page(console) + "\n"


def test_lines_that_look_like_requests_are_text() -> None:
    @click.command("x")
    def odd() -> None:
        """'quoted first.

        .hidden \\ and … that.
        """

    from sq_console.cli.group import ConsoleGroup

    lines = man_page(ConsoleGroup("p", default=odd, verbs=[odd])).splitlines()

    assert "\\&'quoted first." in lines
    assert "\\&.hidden \\e and \\[u2026] that." in lines
