"""The console in a real terminal that goes away, stalls, or gets a signal to end."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sq_console.model import JobState
from tests.cli.run_program import command, environment
from tests.handler import HandlerServer
from tests.ui.queue import Queue
from tests.waiting import eventually

LEFT = b"\x1b[?1049l"
"""The screen before is shown again."""


class Terminal:
    """A pty with the console in it. Nothing is read unless it is asked for."""

    def __init__(self, folder: Path, prepare: Callable[[], None] | None = None) -> None:
        self.ours, theirs = pty.openpty()
        size = struct.pack("HHHH", 40, 120, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        (folder / "db.ini").write_text(
            "[db]\nengine = sqlite\npath = jobs.sqlite\n[processor]\ndrain_secs = 5\n"
        )
        self.popen = subprocess.Popen(
            command("db.ini", "--process"),
            cwd=folder,
            env=environment(TERM="xterm-256color", HOME=str(folder)),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=prepare or own_terminal,
        )
        os.close(theirs)
        self.written = b""

    def read(self) -> bytes:
        """What was written until now."""
        while select.select([self.ours], [], [], 0)[0]:
            try:
                chunk = os.read(self.ours, 65_536)
            except OSError:
                break
            if not chunk:
                break
            self.written += chunk
        return self.written

    def ended(self) -> bool:
        self.read()
        return self.popen.poll() is not None

    def hang_up(self) -> None:
        os.close(self.ours)
        self.ours = -1

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait(10)
        if self.ours >= 0:
            os.close(self.ours)


def own_terminal() -> None:
    """So that hanging up sends SIGHUP, as a broken SSH session does."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def ignoring_hangups() -> None:
    """As under nohup."""
    own_terminal()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@pytest.fixture
def slow_job(queue: Queue) -> Iterator[int]:
    """A job whose call takes a second."""
    with HandlerServer() as handler:
        yield queue.pending(handler.url("/slow?secs=1"))


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Whatever is put in is closed."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def in_flight(queue: Queue, job: int) -> bool:
    return queue.state(job) is JobState.RUNNING


@pytest.mark.slow
def test_sigterm_drains_and_leaves_the_terminal_as_it_was(
    queue: Queue, slow_job: int, tmp_path: Path, terminals: list[Terminal]
):
    terminal = Terminal(tmp_path)
    terminals.append(terminal)
    eventually(lambda: terminal.read() and in_flight(queue, slow_job), 20)

    terminal.popen.send_signal(signal.SIGTERM)
    eventually(terminal.ended, 20)

    assert terminal.popen.returncode == 0
    assert LEFT in terminal.read()
    assert queue.state(slow_job) is JobState.SUCCEEDED


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("prepare", [own_terminal, ignoring_hangups])
def test_a_terminal_that_goes_away_drains(
    queue: Queue,
    slow_job: int,
    tmp_path: Path,
    terminals: list[Terminal],
    prepare: Callable[[], None],
):
    terminal = Terminal(tmp_path, prepare)
    terminals.append(terminal)
    eventually(lambda: terminal.read() and in_flight(queue, slow_job), 20)

    terminal.hang_up()
    terminal.popen.wait(20)

    assert terminal.popen.returncode == 0
    assert queue.state(slow_job) is JobState.SUCCEEDED


@pytest.mark.slow
def test_a_stalled_terminal_holds_up_neither_jobs_nor_the_end(
    queue: Queue, slow_job: int, tmp_path: Path, terminals: list[Terminal]
):
    terminal = Terminal(tmp_path)
    terminals.append(terminal)

    # Nothing is read: the pty is full long before the job is done.
    eventually(lambda: queue.state(slow_job) is JobState.SUCCEEDED, 20)
    terminal.popen.send_signal(signal.SIGTERM)
    terminal.popen.wait(20)

    assert terminal.popen.returncode == 0
