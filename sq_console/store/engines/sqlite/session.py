"""A SQLite file as a `Session`: the embedded database of the demo and of small set-ups.

Several processes may share the file: WAL, a busy timeout, and BEGIN IMMEDIATE, so that
a transaction holds the one write lock from its start and a read inside it is as good as
a locked one.
"""

import contextlib
import os
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sq_console.errors import (
    LoginRefused,
    RowRefused,
    StoreError,
    StoreRefused,
    StoreUnavailable,
)
from sq_console.model import Link, Location
from sq_console.rules.contract import fit_text
from sq_console.store.dialect import SQLITE
from sq_console.store.json_param import JsonParam
from sq_console.store.protocols import Params, Row
from sq_console.text.redact import QueryMask

T = TypeVar("T")

sqlite3.register_adapter(JsonParam, lambda rows: rows.text)
BUSY_SECS = 10.0
MAX_INTEGER = 2**63 - 1


class SQLiteSession:
    """One connection."""

    server = f"SQLite {sqlite3.sqlite_version}"

    def __init__(
        self,
        path: Path,
        *,
        create: bool,
        read_only: bool = False,
        query_mask: QueryMask | None = None,
    ) -> None:
        self._path = path
        self.stepped_at = time.monotonic()
        """See `Session`."""
        self.query_mask = query_mask or QueryMask()
        why_never = _why_never_opened(path)
        if why_never:
            raise LoginRefused(f"cannot open {path}: {why_never}")
        why_not = _why_not_opened(path, create=create)
        if why_not:
            raise StoreUnavailable(f"cannot open {path}: {why_not}")
        mode = "rwc" if create else "rw"
        if create:
            _make_private(path)
        try:
            # A lane opens, uses and closes it on its one thread.
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=BUSY_SECS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.row_factory = _row
            self._connection.text_factory = bytes
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            if read_only:
                self._connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise StoreUnavailable(f"cannot open {path}: {error}") from error

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """See `Session`."""
        return self._execute_once(
            sql, [_comparable(each) for each in params]
        ).fetchall()

    def execute(self, sql: str, params: Params = ()) -> int:
        """See `Session`."""
        return self._execute_once(sql, params).rowcount

    def insert(self, sql: str, params: Params = ()) -> int:
        """See `Session`."""
        return self._execute_once(sql, params).lastrowid or 0

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        """See `Session`. There are no locks of rows."""
        self._execute_once("BEGIN IMMEDIATE", ())
        try:
            result = work()
            self._execute_once("COMMIT", ())
        except BaseException:
            self._connection.rollback()
            raise
        return result

    def fit(self, text: str, column: str) -> str:
        """See `Session`."""
        return fit_text(text.replace("\0", "\u2400"))  # JSON functions stop at NUL

    def link(self) -> Link:
        """See `Session`."""
        return Link("a file of this machine")

    def location(self) -> Location:
        """See `Session`. A copy of a file has another inode, one that was moved within
        its file system has not.
        """
        try:
            path, inode = self._path.resolve(), self._path.stat().st_ino
        except OSError as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error
        return Location("", (f"inode {inode}",), str(path), socket.gethostname())

    def why_read_only(self) -> str:
        """See `Session`. Only a file that can be written is opened."""
        return ""

    def script(self, sql: str) -> None:
        """Run many statements, each by itself."""
        try:
            self._connection.executescript(sql)
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def disconnect(self) -> None:
        """See `Session`."""
        self._connection.close()

    def _execute_once(self, sql: str, params: Params) -> sqlite3.Cursor:
        self.stepped_at = time.monotonic()
        try:
            return self._connection.execute(SQLITE.sql(sql), params)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> StoreError:
        match error:
            case sqlite3.IntegrityError() | OverflowError() | UnicodeEncodeError():
                return RowRefused(f"the database refused a value: {error}")
            case sqlite3.OperationalError() if "no such" in str(error):
                return StoreRefused(f"{self._path}: {error}; run `sq-console init`")
            case _:
                return StoreUnavailable(f"{self._path}: {error}")


def _comparable(value: object) -> object:
    """Convert an id beyond SQLite's 63 bits to a float, which equals no job's id."""
    if isinstance(value, int) and value > MAX_INTEGER:
        return float(value)
    return value


def _why_never_opened(path: Path) -> str:
    """Return why a file that exists can never be opened: a retry would not help."""
    if path.is_dir():
        return "it is a directory"
    if os.access(path, os.F_OK) and not os.access(path, os.R_OK | os.W_OK):
        return "this user may not read and write it"
    return ""


def _why_not_opened(path: Path, *, create: bool) -> str:
    """Return why no file can be opened: SQLite itself gives no reason."""
    if os.access(path, os.F_OK):
        return ""
    if not create:
        return "no such file; `sq-console init` makes it"
    return "" if os.access(path.parent, os.F_OK) else f"no directory {path.parent}"


def _make_private(path: Path) -> None:
    """Make the file when it is not there, for its owner alone: headers and bodies hold
    secrets. SQLite gives the files beside it the same mode. What fails here fails in
    SQLite too, which says why.
    """
    if not path.exists():
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def _row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> Row:
    return {
        column[0]: value
        for column, value in zip(cursor.description, values, strict=True)
    }
