"""Where log lines are written: a stream or a file, either of which may break.

The processor goes on without its log. Errors of a stream are ignored, there is nowhere
to report them; a file may be renamed, its folder removed, its disk be full.
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

    dropped: int
    """Lines that could not be written since the start."""

    def reopen(self) -> None:
        """Open a file of the same name anew."""

    def take_warnings(self) -> list[str]:
        """Return, once, what went wrong, or is right again, in words."""

    def finish(self) -> None:
        """Flush and close; no line follows."""


class StreamSink:
    """Writes to a stream, standard error as a rule, and leaves it open."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.dropped = 0
        # PIPE_BUF: a pipe takes no more atomically, and others may write to it.
        self.chunk_bytes = 65_536 if _is_file(stream) else 4_096

    def write(self, lines: str) -> None:
        """See `Sink`."""
        try:
            self._stream.write(lines)
            self._stream.flush()
        except (OSError, ValueError):  # broken, or closed
            self.dropped += lines.count("\n")

    def reopen(self) -> None:
        """See `Sink`. A stream has no name."""

    def take_warnings(self) -> list[str]:
        """See `Sink`."""
        return []

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
    """Writes to a file that is opened anew when its name belongs to another file, or to
    none: it was rotated. Raises SettingsError when the file cannot be opened.
    """

    chunk_bytes = 65_536

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1
        self._is_cut = False
        """The last line of the file lacks its end."""
        self._unopenable = self._unwritable = False
        self._warnings: list[str] = []
        self._dropped_here = 0
        self.dropped = 0
        try:
            self._fd = self._open()
        except OSError as error:
            raise SettingsError(
                f"{path}: cannot be written: {error.strerror}"
            ) from None

    def write(self, lines: str) -> None:
        """See `Sink`."""
        if not lines:
            return
        if self._is_rotated():
            self.reopen()
        data = lines.encode("utf-8", "backslashreplace")
        try:
            self._write_all(b"\n" + data if self._is_cut else data)
        except OSError as error:
            self._note_unwritable(error)
            return
        if self._unwritable:
            self._warnings.append(
                f"{self._path}: written again; {self._dropped_here} lines were dropped"
            )
            self._unwritable, self._dropped_here = False, 0

    def reopen(self) -> None:
        """See `Sink`. Where that fails, the old file is written to."""
        try:
            new = self._open()
        except OSError as error:
            if not self._unopenable:
                self._warnings.append(
                    f"{self._path}: cannot be reopened: {error.strerror};"
                    " the log goes on in the old file"
                )
            self._unopenable = True
            return
        os.close(self._fd)
        self._fd, self._is_cut, self._unopenable = new, False, False

    def take_warnings(self) -> list[str]:
        """See `Sink`."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def finish(self) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError):
            os.close(self._fd)

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(self._path, flags, 0o600)  # responses of handlers are private

    def _write_all(self, data: bytes) -> None:
        while data:
            try:
                written = os.write(self._fd, data)
            except OSError:
                lost = data.count(b"\n")
                self.dropped += lost
                self._dropped_here += lost
                raise
            self._is_cut = data[written - 1 : written] != b"\n"
            data = data[written:]

    def _note_unwritable(self, error: OSError) -> None:
        if not self._unwritable:
            self._warnings.append(
                f"{self._path}: cannot be written: {error.strerror}; lines are dropped"
            )
        self._unwritable = True

    def _is_rotated(self) -> bool:
        """Return whether the path is another file now, or none."""
        try:
            current = self._path.stat()
        except OSError:
            return True
        return not os.path.samestat(current, os.fstat(self._fd))
