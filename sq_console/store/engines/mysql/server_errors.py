"""Translating errors of PyMySQL and of the server into ours.

The server's numbers are from the MySQL and MariaDB error references. A
connection is kept only after an error that the server reported cleanly and that does
not end it; after anything else its state is unknown and it is thrown away.
"""

import re
import ssl
import struct

from pymysql.constants import CR
from pymysql.err import DataError, InterfaceError, MySQLError

from sq_console.config import DbSettings
from sq_console.errors import (
    LoginRefused,
    RowRefused,
    StoreDenied,
    StoreError,
    StoreReadOnly,
    StoreRefused,
    StoreUnavailable,
)
from sq_console.store.engines.mysql.tls import tls_failure

LOCK_WAIT = 1205
DEADLOCK = 1213
AGAIN = frozenset({DEADLOCK, LOCK_WAIT, 1020, 1317})
"""Deadlock (Galera's certification too), lock wait, write conflict, KILL QUERY: the
transaction is rolled back and may be run again, whole."""

_READ_ONLY = frozenset({1290, 1792, 1836, 1036, 1874, 3989})
"""The server, the session, InnoDB or the schema: not, or no longer, the primary."""
_AWAY = frozenset(
    {
        *(1040, 1203, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031),
        *(1047, 1180),  # a Galera node without its cluster
        *_READ_ONLY,
        1226,  # so much an hour, and this hour's is used up
        *(1969, 3024),  # the statement took too long
        *(1021, 1037, 1038, 1041, 1114, 1206),  # no room on its disk or in its memory
        *range(2000, 2100),  # the client's own: refused, gone away, lost
    }
)
_LOST = (CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR)
_ROW = frozenset(
    {1048, 1264, 1265, 1292, 1364, 1366, 1406, 3140, 3141, 3854, 4025, 1300, 1301}
)
_DENIED = frozenset({1044, 1142, 1143, 1227, 1370})
_LOGIN = {
    1045: "check [db] user and passwd",
    1698: "check [db] user and passwd",
    1044: "grant the user access to it",
    1049: "create it, or check [db] db",
    1130: "the server does not let this machine in",
}
"""The server is there, and refuses the login."""
_REFUSED_LOGINS = frozenset({*_LOGIN, CR.CR_AUTH_PLUGIN_ERR})
"""The server refuses the login, or we do: the password is not sent."""
ALL_GRANTS = "`sq-console check --as {role}` names each GRANT that is missing"
_DENIED_TEXT = re.compile(
    r"(?P<what>[A-Z, ]+?)(?P<locks> with locking clause)? command denied to user "
    r"(?P<user>'.*?'@'.*?') for (?:column '(?P<column>[^']*)' in )?"
    r"table (?P<table>\S+)"
)
_ADVICE = {
    **dict.fromkeys((1146, 1054, 1176), "run `sq-console check`"),
    1064: "use MySQL 8.0.13+ or MariaDB 10.6+",
    1665: "SET GLOBAL binlog_format = 'ROW' on the server, and in its my.cnf",
    1071: "the tables need an innodb_page_size of 8k or more",
    1709: "the tables need ROW_FORMAT=DYNAMIC",
    1286: "the tables need InnoDB, which this server does not let one use",
    3161: "the tables need InnoDB, which this server does not let one use",
    **dict.fromkeys((1021, 1114, 1028), "make room on the server's disk"),
    1226: "this user may do no more for now",
    1799: "SET GLOBAL innodb_online_alter_log_max_size = 1073741824, then again",
}
"""What to do about an error of the server, by its number."""
BROKEN = (
    *(OSError, RuntimeError, ValueError, LookupError, AttributeError, TypeError),
    *(struct.error, AssertionError, ArithmeticError, NameError),
)
"""Raised by PyMySQL beside its own errors when the peer breaks the protocol or is
gone.
"""


def code_of(error: BaseException) -> int:
    """Return the server's or client's error number; 0 when there is none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(error, MySQLError) and isinstance(first, int) else 0


def text_of(error: BaseException) -> str:
    """Return the server's text and number, as `translate` has them."""
    said = error.args[1] if len(error.args) > 1 else error
    return f"{said} ({code_of(error)})"


def leaves_connection(error: BaseException) -> bool:
    """May the connection be used after *error*?"""
    if isinstance(error, InterfaceError) or not isinstance(error, MySQLError):
        return False
    return 1000 <= code_of(error) < 5000 and code_of(error) not in _AWAY


def translate(error: BaseException, where: str, why_read_only: str = "") -> StoreError:
    """Return *error* as one of ours; *where* names the database."""
    code = code_of(error)
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    if code in _ROW or isinstance(error, DataError):
        return RowRefused(f"the database refused a value: {said}")
    if code in _READ_ONLY:
        return _read_only(said, where, why_read_only)
    advice = _grant(said) if code in _DENIED else _ADVICE.get(code, "")
    if leaves_connection(error) and code not in AGAIN:
        kind = StoreDenied if code in _DENIED else StoreRefused
        return kind(f"{where}: {said} ({code})", advice)
    advised = f"; {advice}" if advice else ""
    return StoreUnavailable(f"{where}: {said or type(error).__name__}{advised}")


def _grant(said: str) -> str:
    """Return the GRANT to ask for, where the server names what is missing. A read that
    locks needs the right to write.
    """
    found = _DENIED_TEXT.match(said)
    if not found:
        return ""
    column = f" ({found['column']})" if found["column"] else ""
    privileges = "UPDATE" if found["locks"] else found["what"]
    table = re.sub("[`']", "", found["table"]).rpartition(".")[2]
    return f"ask for GRANT {privileges}{column} ON {table}, or see `check --as ROLE`"


def _read_only(said: str, where: str, why: str) -> StoreReadOnly:
    """Return an error with the server's text, or why we made the session read-only."""
    return StoreReadOnly(
        f"{where}: {f'the server is read-only ({why})' if why else said}"
    )


def cannot_connect(error: BaseException, db: DbSettings) -> StoreUnavailable:
    """Return why no connection could be made, with advice."""
    code = code_of(error)
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    advice = _LOGIN.get(code) or _ADVICE.get(code, "")
    if db.ssl_cert and code in _LOST:
        # The server sends no reason to a client whose certificate it refuses.
        advice = "check [db] ssl_cert"
    broke = error if isinstance(error, OSError) else _original(error)
    if isinstance(broke, ssl.SSLError):
        said, advice = tls_failure(broke, db), ""
    elif broke is not None:
        # PyMySQL's own text names the host, also when a socket was asked for.
        said = broke.strerror or str(broke)
        said = f"{db.unix_socket}: {said}" if db.unix_socket else said
        advice = f"check [db] {'unix_socket' if db.unix_socket else 'host and port'}"
    kind = LoginRefused if code in _REFUSED_LOGINS else StoreUnavailable
    advised = f"; {advice}" if advice else ""
    return kind(f"cannot connect to {db.label}: {said}{advised}")


def _original(error: BaseException) -> OSError | None:
    """Return the error that PyMySQL made *error* from."""
    original = getattr(error, "original_exception", None)
    if code_of(error) in _LOST and isinstance(error.__context__, ssl.SSLError):
        return error.__context__  # the server refused TLS after the handshake
    return original if isinstance(original, OSError) else None
