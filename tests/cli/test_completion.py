"""What TAB offers: the words alone, then in the shells themselves."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.cli import console
from sq_console.cli.completion.offered_words import MOST_FILES, unquoted
from sq_console.cli.verbs.snapshot import SCREENS
from sq_console.model import JobState
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import Done, command, environment

Sq = Callable[..., Done]
VERBS = [name for name, verb in console.commands.items() if not verb.hidden]


@pytest.fixture
def offered(sq: Sq) -> Callable[..., list[str]]:
    """The values that may stand in the place of the last word."""

    def ask(*words: str) -> list[str]:
        done = sq("complete-words", "fish", "--", *words)
        assert (done.code, done.err) == (0, "")
        return [line.partition("\t")[0] for line in done.lines]

    return ask


Offered = Callable[..., list[str]]


def test_without_a_word_all_verbs_and_ini_files_are_offered(offered: Offered) -> None:
    assert offered("") == [*VERBS, "db.ini"]
    assert offered("-v", "") == [*VERBS, "db.ini"]


def test_the_form_without_a_verb_has_its_options(offered: Offered) -> None:
    assert offered("--no") == ["--no-ui"]
    assert offered("db.ini", "--proc") == ["--procs", "--process"]
    assert offered("--no-ui", "") == ["db.ini"]
    assert offered("--ver") == ["--verbose", "--version"]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("dr",), ["drain"]),
        (("bulk", "p"), ["pull-back"]),
        (("snapshot", "--screen", ""), list(SCREENS)),
        (("snapshot", "--screen=fa"), ["--screen=failed"]),
        (("ls", "--state", "su"), ["succeeded"]),
        (("--log-format", ""), ["auto", "human", "logfmt", "json"]),
        (("enqueue", "p"), ["patch", "post", "put"]),
        (("enqueue", "PO"), ["POST"]),
        (("retry", "--filter", "ho"), ["host:"]),
        (("retry", "--filter", "host:a since:2h sta"), ["status:", "state:"]),
        (("edit", "--filter", "state:"), [f"state:{state}" for state in JobState]),
        (("completion", ""), ["bash", "zsh", "fish"]),
        (("ls", "-c", ""), ["db.ini"]),
        (("retry", ""), []),
        (("hold", ""), []),
        (("no-such-verb", ""), []),
    ],
)
def test_what_is_offered(
    offered: Offered, words: tuple[str, ...], values: list[str]
) -> None:
    before, blank, _ = words[-1].rpartition(" ")

    assert offered(*words) == [f"{before}{blank}{value}" for value in values]


def test_ini_files_and_folders_on_the_way_to_them(
    offered: Offered, folder: Path
) -> None:
    (folder / "etc").mkdir()
    (folder / "etc" / "my queue.ini").touch()
    (folder / "etc" / "other.txt").touch()
    (folder / "etc" / ".hidden.ini").touch()

    assert offered("-c", "") == ["db.ini", "etc/"]
    assert offered("--config=etc/") == ["--config=etc/my queue.ini"]
    assert offered("ls", "-c", "etc/.") == ["etc/.hidden.ini"]
    assert offered("etc/m") == ["etc/my queue.ini"]
    assert offered("-c", "nowhere/") == []


def test_a_home_is_found_and_stays_as_it_was_typed(
    offered: Offered, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder))

    assert offered("-c", "~/") == ["~/db.ini"]


def test_a_name_that_is_two_lines_is_not_offered(
    offered: Offered, folder: Path
) -> None:
    (folder / "a\nb.ini").touch()
    (folder / "\x1b[31m.ini").touch()

    assert offered("-c", "") == ["db.ini"]


def test_not_more_files_than_anybody_reads(offered: Offered, folder: Path) -> None:
    for number in range(MOST_FILES + 5):
        (folder / f"{number:04}.ini").touch()

    assert len(offered("-c", "0")) == MOST_FILES


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("plain", "plain"),
        ("'host:a st", "host:a st"),
        ('"host:a st', "host:a st"),
        ("my\\ queue", "my queue"),
        ("host:a st", "host:a st"),
        ("", ""),
    ],
)
def test_a_quote_that_is_open_yet(typed: str, word: str) -> None:
    assert unquoted(typed) == word


TOUCHES_NOTHING = """
import sys
from sq_console.cli import console, main

def refuse(event, arguments):
    if event in ("sqlite3.connect", "socket.connect", "subprocess.Popen"):
        raise AssertionError(event)
    if event == "open" and str(arguments[0]).endswith((".ini", ".sqlite")):
        raise AssertionError(arguments)

sys.addaudithook(refuse)

def ask(*words):
    try:
        main(["complete-words", "fish", "--", *words])
    except SystemExit as leaving:
        assert leaving.code == 0, words

for name, verb in console.commands.items():
    ask(name, "")
    ask(name, "--")
    for param in verb.params:
        ask(name, *param.opts[:1], "")
assert not {"textual", "rich", "httpx", "asyncio", "pymysql"} & set(sys.modules)
"""


def test_tab_opens_no_database_and_no_settings(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TOUCHES_NOTHING],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "--pace" in done.stdout


@pytest.mark.parametrize("body", ["-", "@pipe"])
def test_tab_reads_no_body_and_so_waits_for_none(folder: Path, body: str) -> None:
    os.mkfifo(folder / "pipe")
    ours, theirs = os.pipe()  # nobody writes into it, nobody closes it
    words = ("enqueue", "post", "http://a/", "--body", body, "--pri")
    try:
        done = subprocess.run(
            command("complete-words", "fish", "--", *words),
            cwd=folder,
            env=environment(),
            stdin=ours,
            capture_output=True,
            text=True,
            timeout=50,
        )
    finally:
        os.close(ours)
        os.close(theirs)

    assert done.stdout.startswith("--priority\t")


INTERACTIVE = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
"""By shell: how it runs without anybody's own settings."""
READ_SCRIPT = {
    "bash": 'eval "$(sq-console completion bash)"',
    "zsh": (
        'autoload -Uz compinit; compinit -u -D; eval "$(sq-console completion zsh)"'
    ),
    "fish": "sq-console completion fish | source",
}
"""As the README has it."""
TYPED = {
    "dra\t": "drain",
    "db\t": "db.ini",
    "snapshot --screen=fa\t": "snapshot|--screen=failed",
    "ls --filter state:su\t": "ls|--filter|state:succeeded",
    "ls --filter 'host:a statu\t404'": "ls|--filter|host:a status:404",
    "-c my\t": "-c|my queue.ini",
    "--config=et\tx\t": "--config=etc/x.ini",
    "enqueue post http://a/ --body - --prio\t9": (
        "enqueue|post|http://a/|--body|-|--priority|9"
    ),
    "re\t": "re",
}
"""What is typed after the program's name -> the words that it is run with."""
PROGRAM = """#!/bin/sh
case $1 in
complete-words | completion) exec {python} -m sq_console "$@" ;;
esac
IFS='|'
printf '<%s>\\n' "$*"
"""
"""A program of our name: it completes as ours does, and prints what it is run with."""


def shells() -> list[object]:
    """Each shell; required where the servers are."""
    found: list[object] = []
    for shell in INTERACTIVE:
        missing = shutil.which(shell) is None and "SQ_REQUIRE_SERVERS" not in os.environ
        reason = f"no {shell} on this machine; .ci/run installs it"
        found.append(
            pytest.param(shell, marks=pytest.mark.skipif(missing, reason=reason))
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("shell", shells())
def test_a_shell_completes_what_is_typed(folder: Path, shell: str) -> None:
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    program = bin_folder / "sq-console"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    (folder / "etc").mkdir()
    (folder / "etc" / "x.ini").touch()
    (folder / "my queue.ini").touch()
    path = f"{bin_folder}:/usr/bin:/bin"
    with in_terminal(
        program=["setsid", "--ctty", "--wait", *INTERACTIVE[shell]],
        cwd=folder,
        columns=200,
        PATH=path,
        HOME=str(folder),
        LANG="C.UTF-8",
        SHELL="",
        HISTFILE="",
    ) as terminal:
        terminal.press(f"{READ_SCRIPT[shell]}; echo re'ady'\r")
        terminal.wait_for("ready")
        for typed, words in TYPED.items():
            terminal.press(f"sq-console {typed}\r")
            terminal.wait_for(f"<{words}>")
        terminal.press("exit\r")
        assert terminal.wait() == 0


def test_each_script_says_where_it_goes(sq: Sq) -> None:
    for shell in INTERACTIVE:
        done = sq("completion", shell)
        first = "\n".join(done.lines[:2])
        assert re.search(rf"sq-console completion {shell}\b", first)
        assert (done.code, done.err) == (0, "")


def test_another_shell_is_refused_with_those_there_are(sq: Sq) -> None:
    done = sq("completion", "tcsh")

    assert done.code == 2
    assert "'bash', 'zsh', 'fish'" in done.err
