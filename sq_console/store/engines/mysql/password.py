"""Which form of the password may be sent to which peer.

A scramble answers the server's challenge: it proves that we know the password and does
not reveal it. Some logins take the password itself: caching_sha2_password when the
server does not remember it (after its restart, and when it is wrong), sha256_password
and mysql_clear_password always. It goes in clear to a peer that is proven: one with a
verified certificate, or a local socket. To any other it goes only encrypted with the
key that `server_public_key` names; a key that the server sends is as unknown as the
server, and TLS with anybody hides nothing from that anybody.

PyMySQL has a rule of its own: it sends the password in clear over TLS with anybody, and
encrypts it with any key it is sent. So PyMySQL is not given the password (see
`mysql.login`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha1, sha256
from pathlib import Path

from pymysql import _auth
from pymysql.constants import CR
from pymysql.err import OperationalError

from sq_console.config import DbSettings

NATIVE, CACHING, SHA256 = (
    "mysql_native_password",
    "caching_sha2_password",
    "sha256_password",
)
ED25519, CLEAR = "client_ed25519", "mysql_clear_password"

Encrypt = Callable[[bytes, bytes], bytes]
"""A password, masked with a nonce, for the holder of a key."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The server at the other end of the connection."""

    is_proven: bool
    """Its identity is proven by its certificate, or it is a socket of this machine."""
    has_tls: bool
    is_near: bool
    """On this machine."""


@dataclass(frozen=True, slots=True)
class Password:
    """The password and what `[db]` allows with it."""

    db: DbSettings
    text: bytes = field(repr=False)
    encrypt: Encrypt | None = None

    def scramble(self, plugin: str, nonce: bytes) -> bytes:
        """Return the answer to *nonce*; nothing for no password. Raises
        OperationalError for a login method that is not known here.
        """
        if plugin not in (NATIVE, CACHING, ED25519):
            raise refusal(f"its login method {plugin[:64]!r} is not known here")
        if not self.text:
            return b""
        if plugin == ED25519:
            return _signed(self.text, nonce[:32])
        if len(nonce) < 20:
            raise refusal("the server's challenge is too short")
        scrambled = _native if plugin == NATIVE else _caching
        return scrambled(self.text, nonce[:20])

    def whole(self, peer: Peer, nonce: bytes) -> bytes:
        """Return the password itself, in clear or encrypted, as *peer* may see it.
        Raises OperationalError when it may not.
        """
        if peer.is_proven or not self.text:
            return self.text + b"\0"
        if self.encrypt is None or peer.has_tls or len(nonce) < 20:
            raise refusal(_why_refused(self.db, peer))
        return self.encrypt(self.text, nonce[:20])

    def clear(self, peer: Peer) -> bytes:
        """Return the password in clear; OperationalError unless *peer* is proven."""
        if not peer.is_proven:
            raise refusal(_why_refused(self.db, peer))
        return self.text + b"\0"


def refusal(text: str) -> OperationalError:
    """Return the error that ends a login."""
    return OperationalError(CR.CR_AUTH_PLUGIN_ERR, text)


def _why_refused(db: DbSettings, peer: Peer) -> str:
    return (
        f"{db.host} asks for the password itself (it forgets it at a restart, and asks"
        " when it is wrong: check [db] user and passwd) without proof of who it is;"
        f" {to_log_in(db, peer)}"
    )


def to_verify(db: DbSettings) -> str:
    """Return the advice for `[db]` that makes the server prove its identity."""
    mode = "" if db.ssl_mode is None else "ssl_mode = verify-identity and "
    return f"write {mode}ssl_ca = FILE (its CA) into [db]"


def to_log_in(db: DbSettings, peer: Peer) -> str:
    """Return the advice for `[db]` that lets the password itself be sent."""
    if not peer.has_tls:
        return f"{to_verify(db)}, or server_public_key = FILE (its RSA key)"
    without = ", or ssl_mode = disabled beside server_public_key"
    return to_verify(db) + (without if db.server_public_key else "")


def _native(password: bytes, nonce: bytes) -> bytes:
    once = sha1(password, usedforsecurity=False).digest()
    twice = sha1(once, usedforsecurity=False).digest()
    return _xor(once, sha1(nonce + twice, usedforsecurity=False).digest())


def _caching(password: bytes, nonce: bytes) -> bytes:
    once = sha256(password).digest()
    twice = sha256(once).digest()
    return _xor(once, sha256(twice + nonce).digest())


def _signed(password: bytes, nonce: bytes) -> bytes:
    try:
        signed: bytes = _auth.ed25519_password(password, nonce)
    except RuntimeError as error:
        text = f"its login method {ED25519} needs PyNaCl: pip install pynacl"
        raise refusal(text) from error
    return signed


def _xor(text: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(text, mask, strict=True))


def rsa_encryption(file: str) -> Encrypt | None:
    """Return the encryption with the public key in *file*; None for no file. Raises
    OperationalError when it cannot be used.
    """
    if not file:
        return None
    try:
        encrypt = partial(_encrypted, Path(file).read_bytes())
        encrypt(b"", bytes(20))
    except OSError as error:
        raise refusal(f"[db] server_public_key: {file}: {error.strerror}") from error
    except RuntimeError as error:
        text = "[db] server_public_key needs the rsa extra: install sq-console[rsa]"
        raise refusal(text) from error
    except (ValueError, AttributeError) as error:
        text = f"[db] server_public_key: {file}: no RSA public key in PEM"
        raise refusal(text) from error
    return encrypt


def _encrypted(key: bytes, password: bytes, nonce: bytes) -> bytes:
    encrypted: bytes = _auth.sha2_rsa_encrypt(password, nonce, key)
    return encrypted
