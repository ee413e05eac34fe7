"""A MySQL or MariaDB connection as a `Session`: settings, deadlines, retries, errors.

The variables of a session are in `mysql.session_variables`. Affected rows are counted
as matched (CLIENT.FOUND_ROWS): a compare-and-set reads them. Texts are handed on as
bytes.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from pymysql.cursors import DictCursor
from pymysql.err import MySQLError

from sq_console.config import DbSettings
from sq_console.errors import RowLocked, StoreError, StoreRefused, StoreUnavailable
from sq_console.model import Link, Location
from sq_console.rules.backoff import Backoff
from sq_console.rules.contract import fit_text
from sq_console.store.dialect import MYSQL
from sq_console.store.engines.mysql.connect import (
    dial,
    link_of,
    set_variables,
    unconnected,
)
from sq_console.store.engines.mysql.location import read_location
from sq_console.store.engines.mysql.read_only import (
    OWN,
    SET_READ_ONLY,
    SET_WRITABLE,
    is_on,
    query_for,
    why_read_only,
)
from sq_console.store.engines.mysql.server_errors import (
    AGAIN,
    BROKEN,
    DEADLOCK,
    LOCK_WAIT,
    cannot_connect,
    code_of,
    leaves_connection,
    text_of,
    translate,
)
from sq_console.store.engines.mysql.watchdog import Timeouts, watch
from sq_console.store.protocols import Params, Row
from sq_console.text.charsets import text_codec
from sq_console.text.redact import QueryMask

T = TypeVar("T")

_TRIES = 20
_DEADLINES = Timeouts()

_CHARSETS = """
SELECT TABLE_NAME AS t, COLUMN_NAME AS c, CHARACTER_SET_NAME AS charset
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE()
   AND TABLE_NAME IN ('queued_job', 'queued_job_log')
   AND CHARACTER_SET_NAME IS NOT NULL
"""


class MySQLSession:
    """One connection."""

    def __init__(
        self,
        db: DbSettings,
        deadlines: Timeouts = _DEADLINES,
        *,
        read_only: bool = False,
    ) -> None:
        self._db = db
        self._read_only = read_only
        self._where = db.label
        self.query_mask = QueryMask(db.mask_query)
        self._deadlines = deadlines
        self._codecs: dict[str, str] | None = None
        self.stepped_at = 0.0
        """See `Session`."""
        try:
            self._connection = unconnected(db, deadlines)
        except (MySQLError, *BROKEN) as error:
            raise cannot_connect(error, db) from error
        self._watched = watch(self._connection)
        self._connect()
        version = self._connection.get_server_info()  # type: ignore[no-untyped-call]
        self.server = _product(str(version))

    def _connect(self) -> None:
        self.stepped_at = time.monotonic()
        try:
            with self._watched.within(self._deadlines.login_secs):
                dial(self._connection, self._db)
                self._modes = set_variables(self._connection, self._deadlines)
                self._why_read_only = why_read_only(self._modes)
                if self._read_only:
                    self._connection.cursor().execute(SET_READ_ONLY)
        except (MySQLError, *BROKEN) as error:
            self.disconnect()  # logged in, but its variables are not set
            raise cannot_connect(error, self._db) from error
        self._used_at = time.monotonic()
        self._location: Location | None = None

    def _replace_idle(self) -> None:
        """Replace a connection that was idle for long, before the server ends it."""
        idle_secs = time.monotonic() - self._used_at
        if idle_secs > self._deadlines.idle_secs and self._connection.open:
            self.disconnect()
            self._connect()

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """See `Session`."""
        return self._with_retries(
            lambda: list(self._execute_once(sql, params).fetchall())
        )

    def execute(self, sql: str, params: Params = ()) -> int:
        """See `Session`."""
        return self._with_retries(lambda: int(self._execute_once(sql, params).rowcount))

    def insert(self, sql: str, params: Params = ()) -> int:
        """See `Session`."""
        return self._with_retries(
            lambda: int(self._execute_once(sql, params).lastrowid or 0)
        )

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        """See `Session`."""
        return self._with_retries(lambda: self._transact_once(work), waits=waits)

    def define(self, sql: str) -> None:
        """Run a statement that changes a table, once. Raises RowLocked when it waits
        for the table longer than lock_wait_timeout.
        """
        self._replace_idle()
        try:
            self._execute_once(sql.replace("%", "%%"), ())
        except RetryTransaction as error:
            if error.code in {LOCK_WAIT, DEADLOCK}:
                raise RowLocked(f"{self._where}: {error}") from error
            raise StoreRefused(f"{self._where}: {error}") from error

    def fit(self, text: str, column: str) -> str:
        """See `Session`."""
        if self._codecs is None:
            self._codecs = {
                f"{_word(row['t'])}.{_word(row['c'])}": _word(row["charset"])
                for row in self.rows(_CHARSETS)
            }
        charset = self._codecs.get(column, "utf8mb4")
        return fit_text(text, text_codec(charset))

    def link(self) -> Link:
        """See `Session`."""
        return link_of(self._connection, self._db)

    def location(self) -> Location:
        """See `Session`."""
        if self._location is None:
            found = read_location(self.rows, self._db)
            self._location = found
        return self._location

    def why_read_only(self) -> str:
        """See `Session`."""
        if any(is_on(self._modes[name]) for name in OWN if name in self._modes):
            self.disconnect()  # a session's own variables are those of its beginning
            self._connect()
        elif query := query_for(self._modes):
            why = why_read_only(self.rows(query)[0])
            if bool(why) != bool(self._why_read_only):
                is_to_read = why or self._read_only
                self.execute(SET_READ_ONLY if is_to_read else SET_WRITABLE)
            self._why_read_only = why
        return self._why_read_only

    def disconnect(self) -> None:
        """See `Session`."""
        try:
            self._connection.close()
        except (MySQLError, *BROKEN):
            pass

    def _transact_once(self, work: Callable[[], T]) -> T:
        self._execute_once("BEGIN", ())
        try:
            result = work()
            self._execute_once("COMMIT", ())
        except RetryTransaction:
            self._roll_back()
            raise
        except StoreError as error:
            if not isinstance(error, StoreUnavailable):
                self._roll_back()
            raise
        except BaseException:
            self.disconnect()
            raise
        return result

    def _roll_back(self) -> None:
        """Undo the transaction: a lock wait that timed out undid one statement only."""
        self._execute_once("ROLLBACK", ())

    def _with_retries(self, work: Callable[[], T], *, waits: bool = True) -> T:
        """Run *work*, and again when the server gave up on it; inside a transaction
        only the outermost caller retries.
        """
        if self._depth:
            return work()
        self._replace_idle()
        backoff = Backoff(0.01, 0.64, jitter=1.0)
        for attempt in range(_TRIES):
            self._depth = 1
            try:
                return work()
            except RetryTransaction as error:
                if error.code == LOCK_WAIT and not waits:
                    raise RowLocked(f"{self._where}: {error}") from error
                if attempt == _TRIES - 1:
                    raise StoreUnavailable(f"{self._where}: {error}") from error
            finally:
                self._depth = 0
            time.sleep(backoff.next_secs())
        raise AssertionError("unreachable")

    _depth = 0

    def _execute_once(self, sql: str, params: Params) -> DictCursor:
        cursor = self._connection.cursor()
        self.stepped_at = time.monotonic()
        try:
            with self._watched.within(self._deadlines.statement_secs):
                cursor.execute(MYSQL.sql(sql), params)
            self._used_at = time.monotonic()
        except (MySQLError, *BROKEN) as error:
            if code_of(error) in AGAIN:
                raise RetryTransaction(code_of(error), text_of(error)) from error
            if not leaves_connection(error):
                self.disconnect()
            raise translate(error, self._where, self._why_read_only) from error
        return cursor


class RetryTransaction(Exception):
    """The server gave up on the transaction; run it again."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


def _word(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _product(version: str) -> str:
    """`10.11.19-MariaDB-…` as `MariaDB 10.11.19`."""
    name = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    return f"{name} {version.removeprefix('5.5.5-').split('-')[0]}"
