"""Does this server skip locked rows, as claims need it? Its name is read, and SKIP
LOCKED is tried.

The trial takes two connections and one row, of a table that nothing waits for: the
first locks the row, the second must skip it. A server that parses SKIP LOCKED and does
not skip looks like any other until two processors claim at once. Where the user may not
lock that row, or no second connection can be opened, only the syntax is tried.
"""

from collections.abc import Callable

from sq_console.errors import RowLocked, StoreDenied, StoreRefused, StoreUnavailable
from sq_console.model import Finding, Role
from sq_console.store.engines.mysql.server_errors import ALL_GRANTS
from sq_console.store.protocols import Row, Session
from sq_console.store.rows import as_text

OpenSession = Callable[[], Session]
"""Opens a second connection to the same database."""

_NAME = "SELECT CONCAT(VERSION(), ' ', @@version_comment) AS name"
_UNSUPPORTED = {
    "tidb": ("TiDB", "it reads SKIP LOCKED and does not skip"),
    "vitess": ("Vitess", "over its shards a claim is not one transaction"),
}
_SYNTAX = "SELECT id FROM queued_job LIMIT 0 FOR UPDATE SKIP LOCKED"
_LOCK = "SELECT value FROM queued_job_meta WHERE name = 'database_uuid' {skip_locked}"
_SHORT_LOCK_WAIT = "SET SESSION innodb_lock_wait_timeout = 1"
_USE = "use MySQL 8.0.13+ or MariaDB 10.6+"


def unsupported_product(session: Session) -> Finding | None:
    """Return what is wrong with the server's product, if it is one that cannot work."""
    name = as_text(session.rows(_NAME)[0]["name"])
    for word, (product, why) in _UNSUPPORTED.items():
        if word in name.lower():
            return Finding(False, f"the server is {product}: {name}", f"{_USE}: {why}")
    return None


def check_locks(session: Session, open_second: OpenSession | None) -> Finding:
    """Return whether rows that others have locked are skipped."""
    try:
        session.rows(_SYNTAX)
    except StoreDenied as error:
        return Finding(False, error.said, ALL_GRANTS.format(role=Role.PROCESSOR))
    except StoreRefused as error:
        return Finding(False, error.said, error.advice)
    skips = None if open_second is None else _skips(session, open_second)
    if skips is None:
        return Finding(True, "SKIP LOCKED is understood")
    if skips:
        return Finding(True, "SKIP LOCKED passes by what others have locked")
    said = "SKIP LOCKED is understood, but what others have locked is not passed by"
    return Finding(False, said, f"{_USE}: processors would be in each other's way")


def _skips(session: Session, open_second: OpenSession) -> bool | None:
    """Return whether locked rows are skipped; None when that cannot be tried."""
    try:
        other = open_second()
    except StoreUnavailable:
        return None
    try:
        other.execute(_SHORT_LOCK_WAIT)
        return session.transact(lambda: _is_skipped(session, other), waits=False)
    except RowLocked:  # it waited
        return False
    except StoreRefused:
        return None
    finally:
        other.disconnect()


def _is_skipped(session: Session, other: Session) -> bool | None:
    there = session.rows("SELECT 1 AS one FROM queued_job_meta LIMIT 1")
    if not session.rows(_LOCK):
        return True if there else None  # somebody else tries it: just skipped
    return not other.transact(lambda: _lock(other), waits=False)


def _lock(session: Session) -> list[Row]:
    return session.rows(_LOCK)
