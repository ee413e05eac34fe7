"""httpx over an aiohttp session that does nothing by itself: no cookies, no second
send, no rewritten url, no headers of its own, no limits but ours.

Its defaults break the contract with handlers, each measured: a hundred connections and
no more; cookies of one job sent with the next; a PUT on a reused connection silently
sent twice when that closed; `%2F` in a query sent as `/`, which no signature survives.
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
from sq_console.processor.http.request_target import LONGEST_REMEMBERED
from sq_console.processor.http.single_response import SingleResponse

_KEEPALIVE_SECS = 2
"""Below what servers allow an idle connection, so that few close under a request."""
_LONGEST_LINE = 65_536


class _DroppedResponse(ClientResponse):
    """An answer whose connection is dropped at once when it is let go before its end.

    Closing in order waits for the peer to take what is left to send, and a peer that
    does not read would keep the connection for ever.
    """

    async def start(self, connection: Any) -> ClientResponse:
        """Wait for status and headers."""
        await super().start(connection)
        # Nobody reads the reason phrase, and the transport chokes on one that is not
        # UTF-8.
        self.reason = None
        return self

    def close(self) -> None:
        """The answer failed."""
        self._drop()
        super().close()

    def release(self) -> Any:
        """Nobody reads on."""
        self._drop()
        return super().release()

    def _drop(self) -> None:
        # An answer read to its end has no connection any more.
        connection = self.connection
        if connection is not None and connection.transport is not None:
            connection.transport.abort()


class NotSent(Exception):
    """The request may not be sent any more."""


def _requests_if(may_send: Callable[[], bool]) -> type[ClientRequest]:
    """Requests that raise NotSent when, their connection made, they may not be sent.

    A processor may have stood still at just this moment, for long enough that others
    have its jobs; no timer of its own comes before what was waiting for the connection.
    Nor before what waits for its turn of the loop: a body is written in one of its own,
    and the headers wait for it.
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
    """A transport whose every connection *guard* has seen, for the running loop."""
    connector = TCPConnector(
        limit=0,  # slots are counted by the processor
        keepalive_timeout=_KEEPALIVE_SECS,
        resolver=resolver,
        socket_factory=guard.make_socket,
        ssl=tls,
    )
    session = ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        request_class=_requests_if(may_send),
        response_class=_DroppedResponse,
        skip_auto_headers=("Accept", "Content-Type"),
        auto_decompress=False,
        trust_env=False,
        max_line_size=_LONGEST_LINE,
        max_field_size=_LONGEST_LINE,
    )
    # There is no public way to say these three; a test watches each.
    loop = asyncio.get_running_loop()
    connector._factory = partial(SingleResponse, loop=loop)  # type: ignore[assignment]
    session._retry_connection = False
    session._build_url = _exact_url  # type: ignore[method-assign,assignment]
    return AiohttpTransport(client=session, verify=tls)


def _exact_url(url: str) -> URL:
    """All of *url* behind its host as a path: that is sent as it stands, while of a
    query an empty one would not be.
    """
    return (_built if len(url) > LONGEST_REMEMBERED else _remembered)(url)


def _built(url: str) -> URL:
    scheme, _, rest = url.partition("://")
    authority, slash, target = rest.partition("/")
    return URL.build(
        scheme=scheme, authority=authority, path=slash + target, encoded=True
    )


_remembered = lru_cache(maxsize=1024)(_built)


def trusting_tls() -> ssl.SSLContext:
    """Verifies against what certifi and what this machine trusts, `SSL_CERT_FILE`
    included: internal handlers have certificates of an internal authority.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def shared_tls() -> ssl.SSLContext:
    """One for all callers: making it takes as long as a hundred calls."""
    return trusting_tls()
