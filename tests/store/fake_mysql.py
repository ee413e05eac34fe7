"""A server that may be anybody: it speaks MySQL's protocol far enough to be logged in
to, asks for what it likes, and tries to read the password out of all it receives.
"""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pymysql.constants import CLIENT

NONCE = bytes(range(65, 85))
OTHER_NONCE = bytes(range(45, 65))
WHOLE, REMEMBERED = b"\x01\x04", b"\x01\x03"
OK = b"\0\0\0\2\0\0\0"
_CAPABILITIES = CLIENT.CAPABILITIES | CLIENT.CONNECT_WITH_DB | CLIENT.FOUND_ROWS


def switch(plugin: str, nonce: bytes = OTHER_NONCE) -> bytes:
    """Asks to log in by *plugin* instead."""
    return b"\xfe" + plugin.encode() + b"\0" + nonce + b"\0"


@cache
def _rsa_key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


class FakeMySQL:
    """Sends *turns*, one for each packet it receives after the greeting, then OK to
    everything; a client that asks for its RSA key gets it, out of turn.
    """

    def __init__(
        self,
        turns: Sequence[bytes] = (),
        *,
        plugin: str = "caching_sha2_password",
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        says_tls: bool | None = None,
        key: str = "its own",
    ) -> None:
        self._turns, self._plugin, self._tls = turns, plugin, tls
        self._says_tls = tls is not None if says_tls is None else says_tls
        self._key = _rsa_key(key)
        self.received: list[bytes] = []
        """Payloads, those after TLS began decrypted."""
        self._listener = socket.create_server((host, 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "FakeMySQL":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Wakes up an accept nobody came to.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        assert not self._thread.is_alive()

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def reads(self, password: str) -> list[bytes]:
        """The packets in which *password* can be read."""
        secret = password.encode()
        return [
            packet
            for packet in self.received
            if any(secret in text for text in self._readings(packet))
        ]

    def _readings(self, packet: bytes) -> Iterator[bytes]:
        yield packet
        yield from _unmasked(packet)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        with contextlib.suppress(ValueError):
            opened = self._key.decrypt(packet, oaep)
            yield opened
            yield from _unmasked(opened)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.settimeout(10)
            with (
                contextlib.suppress(OSError, EOFError),
                contextlib.ExitStack() as open_,
            ):
                self._talk(open_.enter_context(client), open_)

    def _talk(self, client: socket.socket, opened: contextlib.ExitStack) -> None:
        _send(client, 0, self._greeting())
        sequence, packet = self._receive(client)
        if self._tls is not None and _asks_for_tls(packet):
            client = self._tls.wrap_socket(client, server_side=True)
            opened.enter_context(client)
            sequence, packet = self._receive(client)
        for turn in self._answers():
            while packet in (b"\1", b"\2"):  # for the RSA key
                _send(client, sequence + 1, b"\1" + self.public_key)
                sequence, packet = self._receive(client)
            _send(client, sequence + 1, turn)
            if turn == REMEMBERED:
                _send(client, sequence + 2, OK)
            sequence, packet = self._receive(client)

    def _answers(self) -> Iterable[bytes]:
        yield from self._turns
        while True:
            yield OK

    def _greeting(self) -> bytes:
        has = _CAPABILITIES | (CLIENT.SSL if self._says_tls else 0)
        return (
            b"\x0a9.7.4-fake\0"
            + struct.pack("<I", 7)
            + NONCE[:8]
            + struct.pack("<xHBHHB10x", has & 0xFFFF, 45, 2, has >> 16, 21)
            + NONCE[8:]
            + b"\0"
            + self._plugin.encode()
            + b"\0"
        )

    def _receive(self, client: socket.socket) -> tuple[int, bytes]:
        head = _exactly(client, 4)
        packet = _exactly(client, int.from_bytes(head[:3], "little"))
        self.received.append(packet)
        return head[3], packet


def _asks_for_tls(packet: bytes) -> bool:
    return bool(int.from_bytes(packet[:4], "little") & CLIENT.SSL)


def _unmasked(packet: bytes) -> Iterator[bytes]:
    for nonce in (NONCE, OTHER_NONCE):
        for start in range(len(packet)):
            part = packet[start : start + 64]
            yield bytes(byte ^ nonce[at % 20] for at, byte in enumerate(part))


def _send(client: socket.socket, sequence: int, payload: bytes) -> None:
    head = len(payload).to_bytes(3, "little") + bytes([sequence % 256])
    client.sendall(head + payload)


def _exactly(client: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = client.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return parts
