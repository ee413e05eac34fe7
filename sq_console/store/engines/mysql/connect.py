"""How a connection to MySQL is made: options, the socket, the session's settings.

The variables of a session, READ COMMITTED among them, are in
`mysql.session_variables`.
"""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import DictCursor
from pymysql.err import MySQLError

from sq_console.config import DbSettings
from sq_console.model import Link
from sq_console.store.engines.mysql import read_only
from sq_console.store.engines.mysql.login import Login
from sq_console.store.engines.mysql.password import (
    Password,
    rsa_encryption,
    to_log_in,
    to_verify,
)
from sq_console.store.engines.mysql.server_errors import code_of
from sq_console.store.engines.mysql.session_variables import (
    Setting,
    differing,
    set_first,
    set_session,
    settings,
)
from sq_console.store.engines.mysql.tls import tls_context
from sq_console.store.engines.mysql.watchdog import Timeouts
from sq_console.store.json_param import JsonParam

_INTEGERS = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.INT24,
)
_FLOATS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
_DECIMALS = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL)


def _decimal(text: bytes) -> int | float:
    """Convert a DECIMAL. A whole number stays exact: a UNION makes decimals of ids, and
    a float of 64 bits would be another id.
    """
    return float(text) if b"." in text else int(text)


_CONVERSIONS: dict[Any, Any] = {
    **encoders,
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_FLOATS, float),
    **dict.fromkeys(_DECIMALS, _decimal),
    JsonParam: JsonParam.literal,
}

_SHOW = "SHOW SESSION VARIABLES WHERE Variable_name IN ({})"
_NOT_ALLOWED = frozenset({1193, 1227, 1231, 1238, 1290, 1621})
"""Unknown here, without the privilege, no such value, not in a session."""


def unconnected(db: DbSettings, deadlines: Timeouts) -> Login:
    """Return the connection before it connects, so that all of it can be watched."""
    password = Password(
        db,
        db.passwd.encode(),  # PyMySQL would send a str as latin-1
        rsa_encryption(db.server_public_key),
    )
    return Login(
        db,
        password,
        tls_context(db),
        host=db.host,
        port=db.port,
        unix_socket=db.unix_socket or None,
        user=db.user,
        database=db.db,
        charset="utf8mb4",
        use_unicode=False,
        autocommit=True,
        client_flag=CLIENT.FOUND_ROWS,
        cursorclass=DictCursor,
        conv=_CONVERSIONS,
        connect_timeout=deadlines.dial_secs,
        read_timeout=deadlines.silence_secs,
        write_timeout=deadlines.silence_secs,
        local_infile=False,
        defer_connect=True,
        program_name="sq-console",
    )


def dial(connection: Login, db: DbSettings) -> None:
    """Connect and log in. A unix socket is opened here: PyMySQL would leak the one
    that is refused.
    """
    if not db.unix_socket:
        connection.connect()
        return
    with ExitStack() as opened:
        plain = opened.enter_context(socket.socket(socket.AF_UNIX))
        plain.settimeout(connection.connect_timeout)
        plain.connect(db.unix_socket)
        connection.connect(plain)
        opened.pop_all()


def link_of(connection: Login, db: DbSettings) -> Link:
    """Return how the last login was made."""
    peer = connection.peer
    if db.unix_socket:
        text = f"over the local socket {db.unix_socket}"
    elif peer.is_proven:
        text = f"over TLS, and {db.host} has proved who it is"
    else:
        place = "on this machine" if peer.is_near else f"to {db.host}"
        text = f"{place}, {'TLS with anybody' if peer.has_tls else 'without TLS'}"
    return Link(
        text=text,
        is_exposed=not (peer.is_proven or peer.is_near),
        is_remembered=connection.was_remembered and not peer.is_proven,
        to_verify=to_verify(db),
        to_log_in=to_log_in(db, peer),
    )


def set_variables(connection: Login, deadlines: Timeouts) -> dict[str, str]:
    """Set the variables of the session, in three round trips, and a fourth where
    nothing is to be written. Return those of `mysql.read_only` as they were.
    """
    with connection.cursor() as cursor:
        cursor.execute(set_first(deadlines))
        there = _variables(cursor, deadlines)
        wanted = [*differing(there, deadlines)]
        try:
            cursor.execute(set_session(wanted))
        except MySQLError as error:
            if code_of(error) not in _NOT_ALLOWED:
                raise
            _set_what_may_be_set(cursor, wanted)
        modes = {name: there[name] for name in read_only.NAMES if name in there}
        if read_only.why_read_only(modes):
            cursor.execute(read_only.SET_READ_ONLY)
    return modes


def _variables(cursor: DictCursor, deadlines: Timeouts) -> dict[str, str]:
    names = [each.name for each in settings(deadlines)] + [*read_only.NAMES]
    cursor.execute(_SHOW.format(", ".join(f"'{name}'" for name in names)))
    return {
        row["Variable_name"].decode(): row["Value"].decode()
        for row in cursor.fetchall()
    }


def _set_what_may_be_set(cursor: DictCursor, wanted: Sequence[Setting]) -> None:
    """Set all together again, but those that only some users may set one by one."""
    cursor.execute(set_session([each for each in wanted if not each.restricted]))
    for each in wanted:
        if each.restricted:
            try:
                cursor.execute(set_session([each]))
            except MySQLError as error:
                if code_of(error) not in _NOT_ALLOWED:
                    raise
