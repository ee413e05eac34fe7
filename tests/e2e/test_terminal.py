"""The console and its terminal: what the terminal answers is no key, no mode is left
on, and the size is the terminal's own.
"""

import fcntl
import os
import re
import signal
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sq_console.model import JobState
from tests.e2e.screen import ENTER, Screen, console
from tests.ui.queue import Queue
from tests.ui.test_terminal_input import REPLIES
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(2)

LEFT_ON = {"7", "25"}
"""Line wrap and cursor: on in a terminal at rest."""
SSH = {"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path) -> Iterator[Queue]:
    """With a db.ini beside it; a processor elsewhere is alive."""
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = q.sqlite\n")
    (tmp_path / "q.sqlite").write_bytes(empty_sqlite.read_bytes())
    made = Queue(tmp_path / "q.sqlite")
    made.processor()
    yield made
    made.store.close()


@contextmanager
def watching(folder: Path, **more: Any) -> Iterator[Screen]:
    with console("--watch", cwd=folder, columns=120, lines=40, **more) as screen:
        screen.shows("WATCHING")
        yield screen


def write(screen: Screen, raw: bytes) -> None:
    """Send *raw* as it is, and wait until the program has read it."""
    os.write(screen.terminal._ours, raw)
    theirs = os.open(
        f"/proc/{screen.terminal.popen.pid}/fd/0", os.O_RDONLY | os.O_NOCTTY
    )
    try:
        eventually(lambda: not _unread(theirs))
    finally:
        os.close(theirs)


def _unread(fd: int) -> int:
    (number,) = struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))
    return int(number)


def open_page(screen: Screen) -> None:
    if "ATTEMPTS" not in screen.text:
        screen.press_until("3" + ENTER, lambda: "ATTEMPTS" in screen.text)


def modes_on(written: bytes) -> set[str]:
    """The private modes that a terminal that got *written* has on."""
    found: set[str] = set()
    for numbers, switch in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", written):
        for number in numbers.decode().split(";"):
            (found.add if switch == b"h" else found.discard)(number)
    return found


def is_mouse_on(screen: Screen) -> bool:
    return bool({"1000", "1003"} & modes_on(screen.terminal.written))


def is_stopped(screen: Screen) -> bool:
    status = Path(f"/proc/{screen.terminal.popen.pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "T"


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_no_reply_of_a_terminal_does_anything_to_the_job_on_the_page(
    queue: Queue, tmp_path: Path
):
    job = queue.failed()
    with watching(tmp_path) as screen:
        for reply in REPLIES.values():
            for at in range(1, len(reply) + 1):
                open_page(screen)
                write(screen, reply[:at])
                write(screen, reply[at:])
        open_page(screen)
        assert queue.messages(job) == []
        assert queue.state(job) is JobState.FAILED

        screen.press_until("r", lambda: queue.state(job) is JobState.PENDING)


@pytest.mark.slow
def test_the_keyboard_comes_back_after_a_reply_without_an_end(
    queue: Queue, tmp_path: Path
):
    queue.failed()
    with watching(tmp_path) as screen:
        write(screen, b"\x1b]11;rgb:1e1e/1e")
        screen.press_until("?", lambda: "(esc closes)" in screen.text)


def test_what_is_pasted_on_a_list_is_no_key(queue: Queue, tmp_path: Path):
    job = queue.failed()
    with watching(tmp_path) as screen:
        open_page(screen)
        write(screen, b"\x1b[200~rr\x1b" + b"r" * 60 + b"\x1b[201~")
        screen.press("?")
        screen.shows("(esc closes)")
        assert queue.messages(job) == []


@pytest.mark.parametrize("over_ssh", [True, False])
@pytest.mark.parametrize("way", ["q", "ctrl+c", "SIGTERM", "SIGHUP"])
def test_no_mode_is_left_on_whichever_way_one_leaves(
    queue: Queue, tmp_path: Path, way: str, over_ssh: bool
):
    with watching(tmp_path, **(SSH if over_ssh else {})) as screen:
        assert is_mouse_on(screen) is not over_ssh
        screen.press("m")
        eventually(lambda: is_mouse_on(screen) is over_ssh)
        if way.startswith("SIG"):
            screen.terminal.popen.send_signal(signal.Signals[way])
        else:
            screen.press({"q": "q", "ctrl+c": "\x03"}[way])
        assert screen.terminal.wait() == 0
        assert modes_on(screen.terminal.written) <= LEFT_ON


@pytest.mark.parametrize("over_ssh", [True, False])
def test_the_mouse_is_as_it_was_after_a_suspension(
    queue: Queue, tmp_path: Path, over_ssh: bool
):
    with watching(tmp_path, **(SSH if over_ssh else {})) as screen:
        screen.press("m")
        eventually(lambda: is_mouse_on(screen) is over_ssh)
        popen = screen.terminal.popen

        popen.send_signal(signal.SIGTSTP)
        eventually(lambda: is_stopped(screen))
        eventually(lambda: modes_on(screen.terminal.written) <= LEFT_ON)

        popen.send_signal(signal.SIGCONT)
        eventually(lambda: "1049" in modes_on(screen.terminal.written))
        screen.press_until("?", lambda: "(esc closes)" in screen.text)
        assert is_mouse_on(screen) is over_ssh


def test_a_sigcont_without_a_suspension_starts_nothing_twice(
    queue: Queue, tmp_path: Path
):
    with watching(tmp_path) as screen:
        popen = screen.terminal.popen
        threads = Path(f"/proc/{popen.pid}/task")
        before = len(list(threads.iterdir()))

        popen.send_signal(signal.SIGSTOP)
        eventually(lambda: is_stopped(screen))
        popen.send_signal(signal.SIGCONT)
        screen.press("?")
        screen.shows("(esc closes)")

        assert len(list(threads.iterdir())) == before


@pytest.mark.parametrize("piped", [True, False])
def test_the_size_is_the_terminal_s_own(queue: Queue, tmp_path: Path, piped: bool):
    queue.failed("http://api.example.com/" + "x" * 200)
    odd = {"piped": True} if piped else {"COLUMNS": "80", "LINES": "24"}
    with watching(tmp_path, **odd) as screen:
        screen.shows("? help")
        screen.press("3")
        eventually(lambda: screen.lines[-1].startswith(" ? help"))
        assert max(map(len, screen.lines)) > 100
