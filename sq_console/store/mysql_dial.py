"""How a connection to MySQL is made: options, the socket, the session's settings.

READ COMMITTED and what else a session of ours is, is told in `mysql`.
"""

import socket
from contextlib import ExitStack
from typing import Any

from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import DictCursor
from pymysql.err import MySQLError

from sq_console.config import DbSettings
from sq_console.model import Link
from sq_console.store.listed import Listed
from sq_console.store.mysql_errors import code_of
from sq_console.store.mysql_login import Login
from sq_console.store.mysql_password import (
    Password,
    rsa_encryption,
    to_log_in,
    to_verify,
)
from sq_console.store.mysql_tls import tls_context
from sq_console.store.watchdog import Deadlines

_INTEGERS = (
    FIELD_TYPE.TINY,
    FIELD_TYPE.SHORT,
    FIELD_TYPE.LONG,
    FIELD_TYPE.LONGLONG,
    FIELD_TYPE.INT24,
)
_FLOATS = (
    FIELD_TYPE.FLOAT,
    FIELD_TYPE.DOUBLE,
    FIELD_TYPE.DECIMAL,
    FIELD_TYPE.NEWDECIMAL,
)
_CONVERSIONS: dict[Any, Any] = {
    **encoders,
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_FLOATS, float),
    Listed: Listed.literal,
}

_SETTINGS = (
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET SESSION time_zone = '+00:00',"
    " sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION',"
    " innodb_lock_wait_timeout = 5, sql_safe_updates = 0",
)
_IDLE = "SET SESSION wait_timeout = %s"
_OPTIONAL_SETTINGS = ("SET SESSION idle_transaction_timeout = 10",)
"""MariaDB only: a client that stopped in mid-transaction does not keep its locks."""
# MySQL has no such variable: there the time for idle connections must be short.


def unconnected(db: DbSettings, deadlines: Deadlines) -> Login:
    """The connection before it is dialled, so that all of it can be watched."""
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
    """Connect and log in. A unix socket is opened here: PyMySQL would lose the one that
    is refused.
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
    """What the last login came to."""
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


def settle(connection: Login, idle_secs: float) -> None:
    """Our settings for the session."""
    with connection.cursor() as cursor:
        for statement in _SETTINGS:
            cursor.execute(statement)
        cursor.execute(_IDLE, (round(1.5 * idle_secs),))
        for statement in _OPTIONAL_SETTINGS:
            try:
                cursor.execute(statement)
            except MySQLError as error:
                if code_of(error) != 1193:  # unknown variable: not this product
                    raise
