"""Where lines go: a stream or a file, either of which may break.

What breaks is not told, for there is nobody left to tell: the processor goes on without
its log.
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Protocol, TextIO

from sq_console.errors import SettingsError


class Sink(Protocol):
    """Takes whole lines."""

    piece_bytes: int
    """Write no more at once, if a line is not longer by itself."""

    def write(self, lines: str) -> None:
        """Write *lines* now, or never."""

    def finish(self) -> None:
        """There will be no more."""


class StreamSink:
    """Standard error, most of all; it stays open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # PIPE_BUF: no more goes into a pipe in one piece, and others may write to it.
        self.piece_bytes = 65_536 if _is_file(stream) else 4_096

    def write(self, lines: str) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError, ValueError):  # broken, or closed
            self._stream.write(lines)
            self._stream.flush()

    def finish(self) -> None:
        """See `Sink`."""
        let_go(self._stream)


def let_go(stream: TextIO) -> None:
    """If what *stream* still has cannot be written now, it never will be: the
    interpreter would try again at its end, and exit with a code of its own.
    """
    try:
        stream.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_file(stream: TextIO) -> bool:
    """A plain one takes any piece whole."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


class FileSink:
    """A file that may be rotated away, or its disk be full. Raises SettingsError when
    it cannot be opened.
    """

    piece_bytes = 65_536

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self.stream = self._open()
        except OSError as error:
            raise SettingsError(
                f"{path}: cannot be written: {error.strerror}"
            ) from None

    def write(self, lines: str) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError, ValueError):
            if self._is_elsewhere():
                anew = self._open()
                self.stream.close()
                self.stream = anew
            self.stream.write(lines)
            self.stream.flush()

    def finish(self) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError):
            self.stream.close()

    def _open(self) -> TextIO:
        self._path.touch(mode=0o600)  # answers of handlers are nobody else's to read
        return self._path.open("a", encoding="utf-8", errors="backslashreplace")

    def _is_elsewhere(self) -> bool:
        """Has somebody moved the file away?"""
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return True
        return not os.path.samestat(there, os.fstat(self.stream.fileno()))
