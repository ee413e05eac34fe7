"""`sq-console db.ini` in a terminal: it opens, logs to a file, processes or not as
its flags say, and gives the terminal back. What it shows is tests/ui's.
"""

from pathlib import Path

import pytest

from sq_console.model import JobState
from sq_console.store import Store
from tests.cli.jobs_in_states import enqueued
from tests.cli.pty_program import in_terminal
from tests.handler import HandlerServer
from tests.waiting import eventually


def test_it_opens_processes_logs_to_the_state_directory_and_leaves(
    folder: Path, queue: Store
) -> None:
    with HandlerServer() as handler:
        job = enqueued(queue, handler.url("/ok"))
        with in_terminal("db.ini", cwd=folder, XDG_STATE_HOME=str(folder)) as terminal:
            eventually(lambda: queue.reads.job(job.id).state is JobState.SUCCEEDED)
            terminal.wait_for("queue.sqlite")
            terminal.press("q")
            assert terminal.wait() == 0

    log = (folder / "sq-console" / "queue.log").read_text()
    assert f"[JOBID {job.id}] Job succeeded: ok" in log
    assert "event=processor_started" in log
    assert "event=processor_stopped" in log
    assert "Traceback" not in terminal.text
    assert queue.reads.processors() == []


def test_watching_it_processes_nothing(folder: Path, queue: Store) -> None:
    job = enqueued(queue)
    log = folder / "watch.log"
    with in_terminal("--watch", "--log-file", str(log), cwd=folder) as terminal:
        terminal.wait_for("queue.sqlite")
        terminal.wait_for("a.example.com")
        assert queue.reads.processors() == []
        terminal.press("q")
        assert terminal.wait() == 0

    assert queue.reads.job(job.id).state is JobState.PENDING
    assert log.read_text() == ""


def test_a_database_that_is_away_opens_no_screen(folder: Path) -> None:
    (folder / "db.ini").write_text("[db]\nport = 9\nuser = u\ndb = q\n")

    with in_terminal("db.ini", cwd=folder) as terminal:
        assert terminal.wait() == 3
    assert terminal.text.startswith("sq-console: ")
    assert terminal.text.count("\n") == 1


@pytest.mark.slow
def test_the_demo_opens_with_its_badge_and_leaves_nothing_behind(folder: Path) -> None:
    temporary = folder / "tmp"
    temporary.mkdir()
    with in_terminal("demo", cwd=folder, TMPDIR=str(temporary)) as terminal:
        terminal.wait_for("DEMO")
        terminal.wait_for("/legacy/export")
        terminal.press("\x03\x03")  # ^C twice: drain, without a question
        assert terminal.wait() == 0

    assert list(temporary.iterdir()) == []
    assert "Traceback" not in terminal.text
