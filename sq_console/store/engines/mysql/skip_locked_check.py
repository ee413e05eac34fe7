"""Does this server lock rows the way claims need it? Asked of its name, and tried.

Two connections and one row, of a table that nothing waits for: the first locks it, the
second must pass it by. A server that understands SKIP LOCKED and does not skip looks
like any other until two processors meet. Where the user may not lock that row, or there
is no second connection to be had, only the words are tried.
"""

from collections.abc import Callable

from sq_console.errors import RowLocked, StoreDenied, StoreRefused, StoreUnavailable
from sq_console.model import Finding
from sq_console.store.engines.mysql.server_errors import GRANT
from sq_console.store.protocols import Row, Session
from sq_console.store.rows import as_text

Another = Callable[[], Session]
"""Opens a second connection to the same database."""

_NAME = "SELECT CONCAT(VERSION(), ' ', @@version_comment) AS name"
_UNFIT = {
    "tidb": ("TiDB", "it reads SKIP LOCKED and does not skip"),
    "vitess": ("Vitess", "over its shards a claim is not one transaction"),
}
_WORDS = "SELECT id FROM queued_job LIMIT 0 FOR UPDATE SKIP LOCKED"
_LOCK = "SELECT value FROM queued_job_meta WHERE name = 'database_uuid' {skip_locked}"
_PROMPTLY = "SET SESSION innodb_lock_wait_timeout = 1"
_USE = "use MySQL 8.0.13+ or MariaDB 10.6+"


def unfit_engine(session: Session) -> Finding | None:
    """What is wrong with the product that answers, if it is one that cannot work."""
    name = as_text(session.rows(_NAME)[0]["name"])
    for word, (product, why) in _UNFIT.items():
        if word in name.lower():
            return Finding(False, f"the server is {product}: {name}", f"{_USE}: {why}")
    return None


def check_locks(session: Session, another: Another | None) -> Finding:
    """Are rows that others have locked passed by?"""
    try:
        session.rows(_WORDS)
    except StoreDenied as error:
        return Finding(False, error.said, GRANT)
    except StoreRefused as error:
        return Finding(False, error.said, error.advice)
    skips = None if another is None else _skips(session, another)
    if skips is None:
        return Finding(True, "SKIP LOCKED is understood")
    if skips:
        return Finding(True, "SKIP LOCKED passes by what others have locked")
    said = "SKIP LOCKED is understood, but what others have locked is not passed by"
    return Finding(False, said, f"{_USE}: processors would be in each other's way")


def _skips(session: Session, another: Another) -> bool | None:
    """None: it cannot be tried."""
    try:
        other = another()
    except StoreUnavailable:
        return None
    try:
        other.execute(_PROMPTLY)
        return session.transact(lambda: _passes_by(session, other), waits=False)
    except RowLocked:  # it waited
        return False
    except StoreRefused:
        return None
    finally:
        other.disconnect()


def _passes_by(session: Session, other: Session) -> bool | None:
    there = session.rows("SELECT 1 AS one FROM queued_job_meta LIMIT 1")
    if not session.rows(_LOCK):
        return True if there else None  # whoever else tries it has just been passed by
    return not other.transact(lambda: _locked(other), waits=False)


def _locked(session: Session) -> list[Row]:
    return session.rows(_LOCK)
