"""How a connection to MySQL is made: options, TLS, the socket, the session's settings.

READ COMMITTED and what else a session of ours is, is told in `mysql`.
"""

import socket
import ssl
from contextlib import ExitStack
from typing import Any

import pymysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import encoders
from pymysql.cursors import DictCursor
from pymysql.err import MySQLError

from sq_console.config import DbSettings
from sq_console.store.listed import Listed
from sq_console.store.mysql_errors import RefusedPlugin, code_of
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


def unconnected(
    db: DbSettings, deadlines: Deadlines
) -> "pymysql.Connection[DictCursor]":
    """The connection before it is dialled, so that all of it can be watched."""
    options: dict[str, Any] = {"ssl": _tls(db)} if db.ssl_ca else {}
    if db.unix_socket:
        options["unix_socket"] = db.unix_socket
    return pymysql.connect(
        host=db.host,
        port=db.port,
        user=db.user,
        password=db.passwd.encode(),  # a str would be sent as latin-1
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
        defer_connect=True,
        auth_plugin_map=dict.fromkeys(
            ("mysql_clear_password", "dialog"), RefusedPlugin
        ),
        program_name="sq-console",
        **options,
    )


def dial(connection: "pymysql.Connection[DictCursor]", db: DbSettings) -> None:
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
        # As PyMySQL has it: what goes through it does not leave the machine.
        connection._secure = True  # type: ignore[attr-defined]
        connection.connect(plain)
        opened.pop_all()


def settle(connection: "pymysql.Connection[DictCursor]", idle_secs: float) -> None:
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


def _tls(db: DbSettings) -> ssl.SSLContext:
    """A context that verifies; PyMySQL's own options would not."""
    context = ssl.create_default_context(cafile=db.ssl_ca)
    if db.ssl_cert:
        context.load_cert_chain(db.ssl_cert, db.ssl_key or None)
    return context
