"""Opens connections: looks the name up, dials the addresses in turn, does the TLS
handshake.

The guard creates each socket, for the very address that is dialled, so no connection
bypasses it. An address that is silent does not hold the others up: the next one is
dialled beside it after a moment (RFC 8305), IPv6 and IPv4 alternating.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import partial
from itertools import chain, zip_longest

from sq_console.processor.http.addresses.address_guard import AddressGuard, is_address
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.request_target import RequestTarget
from sq_console.processor.http.transport.connection import Connection, receive_buffer

_NEXT_AFTER_SECS = 0.25
_HANDSHAKE_SECS = 86_400.0
"""Longer than any call: its own deadline bounds the handshake."""
_GOODBYE_SECS = 1.0
"""How long an idle TLS connection may take to close."""


class Dialer:
    """Opens the connections of one processor."""

    def __init__(
        self, guard: AddressGuard, resolver: GuardedResolver, tls: ssl.SSLContext
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._tls = tls
        self._buffer = receive_buffer()

    async def dial(self, target: RequestTarget) -> Connection:
        """Return a new connection to *target*. Raises OSError, SSLError, gaierror,
        InvalidHostName, AddressRefused.
        """
        loop = asyncio.get_running_loop()
        sock = await self._connect(target)
        make = partial(Connection, sock, self._buffer, is_tls=target.is_tls)
        try:
            if not target.is_tls:
                _, connection = await loop.create_connection(make, sock=sock)
            else:
                _, connection = await loop.create_connection(
                    make,
                    sock=sock,
                    ssl=self._tls,
                    server_hostname=target.host.rstrip("."),
                    ssl_handshake_timeout=_HANDSHAKE_SECS,
                    ssl_shutdown_timeout=_GOODBYE_SECS,
                )
        except BaseException:
            sock.close()
            raise
        return connection

    async def _connect(self, target: RequestTarget) -> socket.socket:
        host, port = target.host, target.port
        if is_address(host):
            return await self._connect_to(host, port)
        addresses = await self._resolver.resolve(host, port)
        if len(addresses) == 1:
            return await self._connect_to(addresses[0], port)
        return await self._connect_to_any(_alternating(addresses), port)

    async def _connect_to(self, address: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = self._guard.make_socket(family, address, port)
        try:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        except BaseException:
            sock.close()
            raise
        return sock

    async def _connect_to_any(
        self, addresses: Sequence[str], port: int
    ) -> socket.socket:
        """Return the first socket that connects. Raises what the last one raised."""
        tries: list[asyncio.Task[socket.socket]] = []
        connected: socket.socket | None = None
        try:
            for number, address in enumerate(addresses, 1):
                tries.append(asyncio.create_task(self._connect_to(address, port)))
                is_last = number == len(addresses)
                connected = await _first_of(
                    tries, None if is_last else _NEXT_AFTER_SECS
                )
                if connected is not None:
                    return connected
        finally:
            for each in tries:
                each.cancel()
                each.add_done_callback(partial(_discard, connected))
        raise _last_error(tries)


async def _first_of(
    tries: Sequence["asyncio.Task[socket.socket]"], timeout_secs: float | None
) -> socket.socket | None:
    """Return the first of *tries* to connect; None when all have failed, or, with a
    timeout, when the next address should be dialled too.
    """
    pending = {each for each in tries if not each.done()}
    while pending:
        done, pending = await asyncio.wait(
            pending, timeout=timeout_secs, return_when=asyncio.FIRST_COMPLETED
        )
        for each in done:
            if each.exception() is None:
                return each.result()
        if timeout_secs is not None:
            return None
    return None


def _last_error(tries: Sequence["asyncio.Task[socket.socket]"]) -> BaseException:
    """Return why no address could be dialled: a refusal by the guard before others."""
    errors = [error for each in tries if (error := each.exception()) is not None]
    refusals = [error for error in errors if not isinstance(error, OSError)]
    return (refusals or errors)[-1]


def _discard(
    kept: socket.socket | None, attempt: "asyncio.Task[socket.socket]"
) -> None:
    """Close the socket of an attempt that came too late."""
    if not attempt.cancelled() and attempt.exception() is None:
        sock = attempt.result()
        if sock is not kept:
            sock.close()


def _alternating(addresses: Sequence[str]) -> list[str]:
    """Return *addresses* with the families in turn, the first one's first."""
    is_first = [(":" in each) == (":" in addresses[0]) for each in addresses]
    pairs = zip(addresses, is_first, strict=True)
    first = [each for each, same in zip(addresses, is_first, strict=True) if same]
    other = [each for each, same in pairs if not same]
    mixed = chain.from_iterable(zip_longest(first, other))
    return [each for each in mixed if each is not None]
