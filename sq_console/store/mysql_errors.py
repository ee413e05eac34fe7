"""What an error of PyMySQL or of the server means for us.

The server's numbers are from the MySQL and MariaDB error references. A connection
survives only an error that the server reported cleanly and that says nothing against
it; after anything else its state is unknown and it is thrown away.
"""

import ssl
import struct

from pymysql.constants import CR
from pymysql.err import DataError, InterfaceError, MySQLError

from sq_console.config import DbSettings
from sq_console.errors import RowRefused, StoreError, StoreRefused, StoreUnavailable
from sq_console.store.mysql_tls import tls_failure

LOCK_WAIT = 1205
AGAIN = frozenset({1213, LOCK_WAIT, 1020, 1317})
"""Deadlock (Galera's certification too), lock wait, write conflict, KILL QUERY: the
transaction is rolled back and may be run again, whole."""

_AWAY = frozenset(
    {
        *(1040, 1203, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031),
        *(1047, 1180),  # a Galera node without its cluster
        *(1290, 1792, 1836),  # read-only: this server is not, or no longer, the primary
        *(1969, 3024),  # the statement took too long
        *(1021, 1037, 1038, 1041, 1114, 1206),  # no room on its disk or in its memory
        *range(2000, 2100),  # the client's own: refused, gone away, lost
    }
)
_LOST = (CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR)
_ROW = frozenset(
    {1048, 1264, 1265, 1292, 1364, 1366, 1406, 3140, 3141, 3854, 4025, 1300, 1301}
)
_SCHEMA = frozenset({1146, 1054, 1176})
"""No such table, column or key: not our tables, or not yet."""
BROKEN = (
    *(OSError, RuntimeError, ValueError, LookupError, AttributeError, TypeError),
    *(struct.error, AssertionError, ArithmeticError, NameError),
)
"""What PyMySQL raises beside its own errors when the peer talks nonsense or is gone."""


def code_of(error: BaseException) -> int:
    """The server's or client's error number; 0 when there is none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(error, MySQLError) and isinstance(first, int) else 0


def leaves_connection(error: BaseException) -> bool:
    """May the connection be used after *error*?"""
    if isinstance(error, InterfaceError) or not isinstance(error, MySQLError):
        return False
    return 1000 <= code_of(error) < 5000 and code_of(error) not in _AWAY


def translate(error: BaseException, where: str) -> StoreError:
    """*error* in our words; *where* names the database."""
    code = code_of(error)
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    if code in _ROW or isinstance(error, DataError):
        return RowRefused(f"the database refused a value: {said}")
    if leaves_connection(error) and code not in AGAIN:
        advice = "; run `sq-console check`" if code in _SCHEMA else ""
        return StoreRefused(f"{where}: {said} ({code}){advice}")
    return StoreUnavailable(f"{where}: {said or type(error).__name__}")


def cannot_connect(error: BaseException, db: DbSettings) -> StoreUnavailable:
    """Why no connection could be made, with what to do about it."""
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    advice = {
        1045: "; check [db] user and passwd",
        1044: "; grant the user access to it",
        1049: "; create it, or check [db] db",
        1130: "; the server does not let this machine in",
    }.get(code_of(error), "")
    if db.ssl_cert and code_of(error) in _LOST:
        advice = "; check [db] ssl_cert"  # whom the server does not like gets no word
    broke = error if isinstance(error, OSError) else _original(error)
    if isinstance(broke, ssl.SSLError):
        said, advice = tls_failure(broke, db), ""
    elif broke is not None:
        # PyMySQL's own words name the host, also when a socket was asked for.
        said = broke.strerror or str(broke)
        said = f"{db.unix_socket}: {said}" if db.unix_socket else said
        advice = f"; check [db] {'unix_socket' if db.unix_socket else 'host and port'}"
    return StoreUnavailable(f"cannot connect to {db.label}: {said}{advice}")


def _original(error: BaseException) -> OSError | None:
    """What PyMySQL made *error* from."""
    original = getattr(error, "original_exception", None)
    if code_of(error) in _LOST and isinstance(error.__context__, ssl.SSLError):
        return error.__context__  # the server refused TLS after the handshake
    return original if isinstance(original, OSError) else None
