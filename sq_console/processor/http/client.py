"""httpx over an aiohttp session with its defaults switched off: no cookies, no second
send, no rewritten url, no headers of its own, no limits but ours.

The defaults of aiohttp break the contract with handlers, each measured: at most a
hundred connections; cookies of one job sent with the next; a PUT silently sent twice
when its reused connection closed; `%2F` in a query sent as `/`, which invalidates
signatures.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

import httpx
from aiohttp import (
    ClientRequest,
    ClientResponse,
    ClientSession,
    DummyCookieJar,
    TCPConnector,
)
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.request_target import MAX_CACHED_URL_CHARS
from sq_console.processor.http.single_response import SingleResponse

_KEEPALIVE_SECS = 2
"""Shorter than the idle timeouts of servers: few connections close under a request."""
_MAX_LINE_BYTES = 65_536


class _AbortingResponse(ClientResponse):
    """A response whose connection is aborted when it is closed before its end.

    An orderly close waits until the peer has received the rest of the request; a peer
    that does not read would keep the connection open for ever.
    """

    async def start(self, connection: Any) -> ClientResponse:
        """Wait for status and headers."""
        await super().start(connection)
        # The reason phrase is not used, and the transport fails on one that is not
        # UTF-8.
        self.reason = None
        return self

    def close(self) -> None:
        """Abort the connection of a response that failed."""
        self._abort()
        super().close()

    def release(self) -> Any:
        """Abort the connection of a response that is not read to its end."""
        self._abort()
        return super().release()

    def _abort(self) -> None:
        # A response that was read to its end has no connection any more.
        connection = self.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()


class NotSent(Exception):
    """The request must not be sent any more."""


def _checked_request_class(may_send: Callable[[], bool]) -> type[ClientRequest]:
    """Return a class of requests that raise NotSent when their connection is made and
    *may_send* returns False.

    A processor may have been suspended at this moment, for so long that others have
    claimed its jobs. None of its timers runs before the task that waited for the
    connection, nor before a task that is already scheduled: the body is written by such
    a task, and the headers wait for it.
    """

    class CheckedRequest(ClientRequest):
        async def send(self, conn: Any) -> ClientResponse:
            if not may_send():
                raise NotSent
            return await super().send(conn)

        async def write_bytes(self, writer: Any, conn: Any, *more: Any) -> None:
            if may_send():
                await super().write_bytes(writer, conn, *more)
            else:
                conn.protocol.set_exception(NotSent())
                conn.close()

    return CheckedRequest


def open_transport(
    guard: AddressGuard,
    resolver: GuardedResolver,
    tls: ssl.SSLContext,
    may_send: Callable[[], bool],
) -> AiohttpTransport:
    """Return a transport for the running loop; *guard* checks each connection of it."""
    connector = TCPConnector(
        limit=0,  # the processor limits calls by its slots
        keepalive_timeout=_KEEPALIVE_SECS,
        resolver=resolver,
        socket_factory=guard.make_socket,
        ssl=tls,
    )
    session = ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        request_class=_checked_request_class(may_send),
        response_class=_AbortingResponse,
        skip_auto_headers=("Accept", "Content-Type"),
        auto_decompress=False,
        trust_env=False,
        max_line_size=_MAX_LINE_BYTES,
        max_field_size=_MAX_LINE_BYTES,
    )
    # aiohttp has no public option for these three; a test covers each.
    loop = asyncio.get_running_loop()
    connector._factory = partial(SingleResponse, loop=loop)  # type: ignore[assignment]
    session._retry_connection = False
    session._build_url = _exact_url  # type: ignore[method-assign,assignment]
    return AiohttpTransport(client=session, verify=tls)


def _exact_url(url: str) -> URL:
    """Return *url* with all that follows its host as the path. A path is sent as it
    stands; an empty query would be dropped.
    """
    return (_build_exact if len(url) > MAX_CACHED_URL_CHARS else _build_cached)(url)


def _build_exact(url: str) -> URL:
    scheme, _, rest = url.partition("://")
    authority, slash, target = rest.partition("/")
    return URL.build(
        scheme=scheme, authority=authority, path=slash + target, encoded=True
    )


_build_cached = lru_cache(maxsize=1024)(_build_exact)


def create_tls_context() -> ssl.SSLContext:
    """Return a context that trusts the authorities of certifi and of this machine,
    `SSL_CERT_FILE` included: internal handlers have certificates of an internal
    authority.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def shared_tls() -> ssl.SSLContext:
    """Return one context for all callers: creating it takes as long as 100 calls."""
    return create_tls_context()
