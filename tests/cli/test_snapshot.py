"""`sq-console snapshot`: one frame of the console, and nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sq_console.cli.verbs.snapshot import SCREENS
from sq_console.model import Job
from sq_console.store import Store
from sq_console.ui import frames
from tests.cli.pty_program import in_terminal
from tests.cli.run_program import run_process


def test_it_prints_the_screen_in_plain_text_and_changes_nothing(
    folder: Path, queue: Store, new_job: Callable[..., Job]
) -> None:
    new_job("http://api.example.com/\x1b[31mred")
    before = queue.reads.last_log_id()

    done = run_process("snapshot", "--width", "80", "--height", "24", cwd=folder)

    assert (done.code, done.err) == (0, "")
    assert len(done.lines) == 24
    assert all(len(line) <= 80 for line in done.lines)
    assert "READ-ONLY" in done.lines[0]
    assert "api.example.com" in done.out
    assert "\x1b" not in done.out
    assert queue.reads.last_log_id() == before
    assert queue.reads.processors() == []


@pytest.mark.slow
def test_it_prints_another_screen_as_a_picture(folder: Path, queue: Store) -> None:
    done = run_process("snapshot", "--screen", "failed", "--svg", cwd=folder)

    assert done.code == 0
    assert done.out.startswith("<svg")
    assert "url(" not in done.out.replace("url(#", "")


@pytest.mark.slow
def test_on_a_terminal_it_has_its_size_and_colours_unless_unwanted(
    folder: Path, queue: Store
) -> None:
    shown = []
    for more in ({}, {"NO_COLOR": "1"}):
        with in_terminal("snapshot", cwd=folder, columns=90, lines=20, **more) as made:
            assert made.wait() == 0
            shown.append(made.written)

    coloured, plain = shown
    assert b"\x1b[" in coloured
    assert b"\x1b[38" not in plain
    assert plain.count(b"\n") == 20


def test_a_database_that_is_away_is_one_line(folder: Path) -> None:
    (folder / "db.ini").write_text("[db]\nport = 9\nuser = u\ndb = q\n")

    done = run_process("snapshot", cwd=folder)

    assert done.code == 3
    assert done.out == ""
    assert done.err.count("\n") == 1


def test_every_screen_has_a_key() -> None:
    assert set(SCREENS) == set(frames.SCREENS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("screen", "shows"),
    [
        ("causes", "0 Causes"),
        ("hosts", "worst first"),
        ("processors", "Processors"),
        ("activity", "Activity"),
        ("bulk", "Bulk actions"),
        ("log", "4 Log"),
    ],
)
def test_each_screen_is_opened_by_its_key(
    folder: Path, queue: Store, screen: str, shows: str
) -> None:
    done = run_process("snapshot", "--screen", screen, cwd=folder)

    assert done.code == 0
    assert shows in done.out
