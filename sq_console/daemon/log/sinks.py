"""Where log lines are written: a stream or a file, either of which may break.

Write errors are ignored: there is nowhere to report them. The processor goes on without
its log.
"""

import contextlib
import os
import stat
from pathlib import Path
from typing import Protocol, TextIO

from sq_console.errors import SettingsError


class Sink(Protocol):
    """Writes whole lines."""

    chunk_bytes: int
    """The most bytes to write at once; a single line may be longer."""

    def write(self, lines: str) -> None:
        """Write *lines* now, or drop them."""

    def finish(self) -> None:
        """Flush and close; no line follows."""


class StreamSink:
    """Writes to a stream, standard error as a rule, and leaves it open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # PIPE_BUF: a pipe takes no more atomically, and others may write to it.
        self.chunk_bytes = 65_536 if _is_file(stream) else 4_096

    def write(self, lines: str) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError, ValueError):  # broken, or closed
            self._stream.write(lines)
            self._stream.flush()

    def finish(self) -> None:
        """See `Sink`."""
        flush_or_discard(self._stream)


def flush_or_discard(stream: TextIO) -> None:
    """Flush *stream*, or discard its buffer when it cannot be written: the interpreter
    would flush it again at exit, fail, and exit with a status of its own.
    """
    try:
        stream.flush()
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _is_file(stream: TextIO) -> bool:
    """Return whether *stream* is a regular file, which takes any chunk whole."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


class FileSink:
    """Writes to a file. The file may be rotated, and its disk may be full. Raises
    SettingsError when the file cannot be opened.
    """

    chunk_bytes = 65_536

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
            if self._is_rotated():
                new_stream = self._open()
                self.stream.close()
                self.stream = new_stream
            self.stream.write(lines)
            self.stream.flush()

    def finish(self) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError):
            self.stream.close()

    def _open(self) -> TextIO:
        self._path.touch(mode=0o600)  # responses of handlers are private
        return self._path.open("a", encoding="utf-8", errors="backslashreplace")

    def _is_rotated(self) -> bool:
        """Return whether the path is another file now, or none."""
        try:
            current = self._path.stat()
        except FileNotFoundError:
            return True
        return not os.path.samestat(current, os.fstat(self.stream.fileno()))
