"""The program in a terminal of its own: a pty, what it has written so far, and keys."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.run_program import command, environment
from tests.known_passwords import assert_no_password, assert_no_password_in_logs
from tests.waiting import eventually

_SEQUENCE = re.compile(r"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[=>]")


class Terminal:
    """A terminal with the program in it."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path,
        columns: int = 100,
        lines: int = 30,
        program: Sequence[str] = (),
        piped: bool = False,
        **more: str,
    ) -> None:
        self._ours, theirs = pty.openpty()
        _set_size(theirs, columns, lines)
        self._written = b""
        self._folder = cwd
        self.popen = subprocess.Popen(
            program or command(*arguments),
            cwd=cwd,
            env=environment(TERM="xterm-256color", **more),
            stdin=theirs,
            stdout=subprocess.DEVNULL if piped else theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self._ours, 65_536):
                self._written += chunk
        except OSError:  # Linux's way to say that the other side has closed
            return

    @property
    def text(self) -> str:
        """All that was written, without what moves and colours it."""
        return _SEQUENCE.sub("", self._written.decode("utf-8", "replace"))

    @property
    def written(self) -> bytes:
        """All that was written, as it came."""
        return self._written

    def resize(self, columns: int, lines: int) -> None:
        _set_size(self._ours, columns, lines)
        self.popen.send_signal(signal.SIGWINCH)

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, words: str, timeout_secs: float = 30) -> None:
        eventually(lambda: words in self.text, timeout_secs)

    def wait(self, timeout_secs: float = 30) -> int:
        """The exit code, once all that was written is here."""
        code = self.popen.wait(timeout_secs)
        self._reader.join(timeout_secs)
        return code

    def close(self) -> None:
        self.popen.kill()
        self.popen.wait(10)
        self._reader.join(10)
        os.close(self._ours)
        assert_no_password(self.text)
        assert_no_password_in_logs(self._folder)


def _set_size(terminal: int, columns: int, lines: int) -> None:
    size = struct.pack("HHHH", lines, columns, 0, 0)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


@contextmanager
def in_terminal(
    *arguments: str,
    cwd: Path,
    columns: int = 100,
    lines: int = 30,
    program: Sequence[str] = (),
    **more: Any,
) -> Iterator[Terminal]:
    """A terminal with the program in it, or another *program*, killed at the end if it
    still runs."""
    terminal = Terminal(
        *arguments, cwd=cwd, columns=columns, lines=lines, program=program, **more
    )
    try:
        yield terminal
    finally:
        terminal.close()
