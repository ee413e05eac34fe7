"""The login to MySQL: TLS as `[db] ssl_mode` has it, then the authentication.

PyMySQL's own login is replaced, at one place, and PyMySQL knows no password: should a
new version of it no longer call this code, it logs in without a password and is
refused. `mysql.password` decides what may be sent to which peer.

The server sends first and may be anybody: no part of the login, not even the user's
name, goes to a server without TLS where TLS is asked for. The server may change the
method and the challenge in mid-login; each answer is decided anew.
"""

import ipaddress
import socket
import ssl
import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pymysql.connections import MAX_PACKET_LEN, Connection
from pymysql.constants import CLIENT, CR
from pymysql.cursors import DictCursor
from pymysql.err import OperationalError

from sq_console.config import DbSettings
from sq_console.store.engines.mysql.password import (
    CACHING,
    CLEAR,
    NATIVE,
    SHA256,
    Password,
    Peer,
    refusal,
)
from sq_console.store.engines.mysql.tls import no_tls

if TYPE_CHECKING:
    _Connection = Connection[DictCursor]
else:
    _Connection = Connection

_UTF8MB4 = 45
_MAX_PACKETS = 8
"""Packets of the server in one login at most; real servers send two or three."""
_OK, _MORE, _SWITCH = b"\x00", b"\x01", b"\xfe"
_REMEMBERED, _WHOLE = b"\x03", b"\x04"
"""caching_sha2_password: the scramble is enough; the password itself is asked for."""


class Login(_Connection):
    """A connection that logs in by our rules; see `pymysql.connections.Connection`."""

    def __init__(
        self,
        db: DbSettings,
        password: Password,
        tls: ssl.SSLContext | None,
        **options: Any,
    ) -> None:
        self._ours = _Conversation(self, db, password, tls)
        # No TLS of PyMySQL's, and no password.
        super().__init__(ssl_disabled=True, **options)

    @property
    def peer(self) -> Peer:
        """The peer of the last login."""
        return self._ours.peer

    @property
    def was_remembered(self) -> bool:
        """Was the scramble enough only because the server remembers the password?"""
        return self._ours.was_remembered

    def _request_authentication(self) -> None:
        """Called by PyMySQL when it has read the server's greeting."""
        self._ours.log_in()


class _Conversation:
    """One login after the other on *wire*, a connection of PyMySQL's."""

    def __init__(
        self,
        wire: Any,
        db: DbSettings,
        password: Password,
        tls: ssl.SSLContext | None,
    ) -> None:
        self._wire = wire
        self._db = db
        self._password = password
        self._tls = tls
        self.peer = Peer(is_proven=False, has_tls=False, is_near=False)
        self.was_remembered = False

    def log_in(self) -> None:
        """Raises OperationalError when the server refuses, or we do."""
        # Read first: a server that refuses our certificate closes the connection.
        self.peer = _peer(self._wire._sock)
        if self._begin_tls():
            self.peer = _with_tls(self.peer, self._tls)
        self.was_remembered = False
        greeted = self._wire._auth_plugin_name
        self._plugin = CACHING if greeted == CACHING else NATIVE
        self._nonce = bytes(self._wire.salt)
        self._wire.write_packet(self._request() + self._identity())
        for _ in range(_MAX_PACKETS):
            packet: bytes = self._wire._read_packet().get_all_data()
            if packet[:1] == _OK:
                return
            answer = self._answer(packet[:1], packet[1:])
            if answer is not None:
                self._wire.write_packet(answer)
        raise refusal("its login does not come to an end")

    def _begin_tls(self) -> bool:
        offered = bool(self._wire.server_capabilities & CLIENT.SSL)
        if self._db.tls.needs_tls and not (offered and self._tls):
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR, no_tls(self._db))
        if self._tls is None or not offered:
            return False
        self._wire.client_flag |= CLIENT.SSL
        self._wire.write_packet(self._request())
        self._wire._sock = self._tls.wrap_socket(
            self._wire._sock, server_hostname=self._db.host
        )
        # What came in before TLS goes with the old reader, unread.
        self._wire._rfile = self._wire._sock.makefile("rb")
        return True

    def _request(self) -> bytes:
        """Return the head of the login, which also asks for TLS."""
        flags = self._wire.client_flag
        return struct.pack("<IIB23x", flags, MAX_PACKET_LEN, _UTF8MB4)

    def _identity(self) -> bytes:
        has = self._wire.server_capabilities
        scramble = self._password.scramble(self._plugin, self._nonce)
        fields = [self._db.user.encode(), b"\0", _counted(scramble)]
        if has & CLIENT.CONNECT_WITH_DB:
            fields += [self._db.db.encode(), b"\0"]
        if has & CLIENT.PLUGIN_AUTH:
            fields += [self._plugin.encode(), b"\0"]
        if has & CLIENT.CONNECT_ATTRS:
            pairs = self._wire._connect_attrs.items()
            words = [word.encode() for pair in pairs for word in pair]
            fields.append(_counted(b"".join(map(_counted, words))))
        return b"".join(fields)

    def _answer(self, kind: bytes, text: bytes) -> bytes | None:
        """Return the answer to a packet; None: nothing is sent."""
        if kind == _SWITCH:
            name, _, self._nonce = text.partition(b"\0")
            self._plugin = name.decode("ascii", "replace") or "mysql_old_password"
            return self._first_answer()
        if (kind, self._plugin) == (_MORE, CACHING) and text == _REMEMBERED:
            self.was_remembered = True
            return None
        if (kind, self._plugin) == (_MORE, CACHING) and text == _WHOLE:
            return self._password.whole(self.peer, self._nonce)
        raise refusal(f"its login goes on in no known way ({(kind + text)[:8].hex()})")

    def _first_answer(self) -> bytes:
        if self._plugin == CLEAR:
            return self._password.clear(self.peer)
        if self._plugin == SHA256:
            # Its server accepts the password over TLS or RSA only, not a local socket.
            proven = self.peer.is_proven and self.peer.has_tls
            peer = replace(self.peer, is_proven=proven)
            return self._password.whole(peer, self._nonce)
        return self._password.scramble(self._plugin, self._nonce)


def _counted(text: bytes) -> bytes:
    """Return *text* after its length, as the protocol has it; all of ours are short."""
    size = len(text)
    return (bytes([size]) if size < 251 else struct.pack("<BH", 252, size)) + text


def _peer(sock: socket.socket) -> Peer:
    """Return the peer as it is before TLS."""
    is_local = sock.family == socket.AF_UNIX
    is_near = is_local or _is_loopback(str(sock.getpeername()[0]))
    return Peer(is_proven=is_local, has_tls=False, is_near=is_near)


def _with_tls(peer: Peer, tls: ssl.SSLContext | None) -> Peer:
    has_proof = tls is not None and tls.verify_mode is ssl.CERT_REQUIRED
    return replace(peer, has_tls=True, is_proven=peer.is_proven or has_proof)


def _is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback
