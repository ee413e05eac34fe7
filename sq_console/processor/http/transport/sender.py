"""Sends one request once, and returns its response.

A request is written to one connection. Only when nothing of it was written, because an
idle connection proved to be closed, does another connection get it. Cancelling the
call at any point closes its connection.
"""

import asyncio
import ssl
from collections.abc import Callable

from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.prepared_request import PreparedRequest
from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.processor.http.transport.connection import Connection
from sq_console.processor.http.transport.dialer import Dialer
from sq_console.processor.http.transport.idle_connections import IdleConnections
from sq_console.processor.http.transport.response_parser import ResponseParser
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    NotSent,
)


class Sender:
    """Sends the requests of one processor, in one event loop."""

    def __init__(
        self,
        guard: AddressGuard,
        resolver: GuardedResolver,
        tls: ssl.SSLContext,
        max_idle: int,
        may_send: Callable[[], bool] = lambda: True,
        kept_bytes: int = KEPT_BYTES,
        read_bytes: int = READ_BYTES,
    ) -> None:
        self._dialer = Dialer(guard, resolver, tls)
        self._idle = IdleConnections(max_idle)
        self._may_send = may_send
        self._kept_bytes = kept_bytes
        self._read_bytes = read_bytes

    async def send(self, request: PreparedRequest) -> Response:
        """Send *request* and return its response. Raises what a dial raises, NotSent
        when *may_send* says no, ConnectionEnded, MalformedResponse and OSError; then
        `request.sent` says how much of it was sent.
        """
        origin = request.target.origin
        while (connection := self._idle.reuse(origin)) is not None:
            try:
                response = await self._send_on(connection, request)
            except (ConnectionEnded, ConnectionError):
                self._idle.distrust(origin)
                raise
            if response is not None:
                return response
        connection = await self._dialer.dial(request.target)
        response = await self._send_on(connection, request)
        if response is None:
            raise ConnectionEnded("before the request was sent")
        return response

    async def _send_on(
        self, connection: Connection, request: PreparedRequest
    ) -> Response | None:
        """Return None when the connection was closed and nothing was sent."""
        # Nothing is awaited between this question and the write. The processor may
        # have been suspended until now, for so long that others have claimed its jobs.
        if not self._may_send():
            connection.abort()
            raise NotSent
        parser = ResponseParser(request.method, self._kept_bytes, self._read_bytes)
        coming = connection.send(request, parser)
        if coming is None:
            return None
        try:
            response = await coming
        except asyncio.CancelledError:
            connection.give_up(request)
            # A deadline or a kill that meets a complete response, because the event
            # loop was held up, comes too late: the handler has done its work.
            if coming.cancelled() or coming.exception() is not None:
                raise
            return coming.result()
        except BaseException:
            connection.give_up(request)
            raise
        self._idle.keep(request.target.origin, connection)
        return response

    async def aclose(self) -> None:
        """Close every idle connection."""
        self._idle.close_all()
        await asyncio.sleep(0)  # a turn, in which the event loop closes the sockets
