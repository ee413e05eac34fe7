"""The file that pruned rows are written to before they are deleted.

It is the operator's only copy: made for its owner alone, never overwritten, and on disk
before the database deletes. A file that is there is added to when it is an export of
the same database. What was cut off in its last line, by a kill or a full disk, was not
deleted, and is written again.
"""

import fcntl
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from sq_console.errors import SettingsError, SQConsoleError
from sq_console.text.pruned.export_lines import export_header, export_line

_CHUNK = 65_536


class ExportError(SQConsoleError):
    """The export cannot be written: nothing goes that is not in it."""


class ExportFile:
    """An export, open to be added to."""

    def __init__(self, path: Path, database_uuid: str) -> None:
        self._path = path
        self._header = export_header(database_uuid)
        self._file = self._opened()
        try:
            self._lock()
            self._begin_or_go_on()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "ExportFile":
        """Return it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._file.close()

    def write_rows(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write rows of *table*. Raises ExportError."""
        self._write(b"".join(export_line(table, row) for row in rows))

    def sync(self) -> None:
        """Return when all that was written is on disk. Raises ExportError."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from None

    def _opened(self) -> BinaryIO:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path, flags, 0o600)
            return open(descriptor, "r+b", buffering=0)  # noqa: PTH123 - a descriptor
        except OSError as error:
            raise SettingsError(f"--export {self._path}: {error.strerror}") from None

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError(
                f"--export {self._path}: another prune writes to it"
            ) from None

    def _begin_or_go_on(self) -> None:
        try:
            begin = self._file.read(len(self._header))
            if self._header.startswith(begin) and len(begin) < len(self._header):
                self._file.truncate(0)  # new, or killed before its first line was whole
                self._write(self._header)
                self.sync()
                self._sync_folder()
                return
            if begin != self._header:
                raise SettingsError(
                    f"--export {self._path}: it is there, and no export of this"
                    " database; name another file"
                )
            self._file.truncate(self._end_of_last_line())
        except OSError as error:
            raise SettingsError(f"--export {self._path}: {error.strerror}") from None

    def _end_of_last_line(self) -> int:
        """Return the length without what stands behind the last line feed."""
        end = self._file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _CHUNK)
            found = os.pread(self._file.fileno(), end - start, start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
        return 0

    def _sync_folder(self) -> None:
        """The name of the file is to be on disk, too."""
        folder = os.open(self._path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _write(self, lines: bytes) -> None:
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> ExportError:
        said = error.strerror or str(error)
        return ExportError(f"--export {self._path}: cannot be written: {said}")
