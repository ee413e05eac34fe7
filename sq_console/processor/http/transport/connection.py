"""One connection: sends a request, receives its response, and knows how much it sent.

A request is written in the step that decided to write it, with no turn of the event
loop between. Whatever ends a call early (a deadline, a kill, a malformed response)
aborts the connection at once: an orderly close would wait for a peer that does not
read. A response may be complete before the request is: then the rest is not sent.
"""

import asyncio
import contextlib
import socket

from sq_console.processor.http.prepared_request import PreparedRequest, Sent
from sq_console.processor.http.response import Response
from sq_console.processor.http.transport.response_parser import ResponseParser
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)

_PIECE_BYTES = 1 << 16
_PIECES_AT_ONCE = 2
"""A long body is written in pieces, and after so many other calls go on. Over TLS only
the next turn of the event loop tells that the connection is broken: what is written
until then is encrypted for nobody, and asyncio warns of the fifth piece. Two times may
fall into one turn: ours, and the one when the peer has read on.
"""
_NOTHING = memoryview(b"")
_EARLY_BYTES = 1 << 17
"""A peer may speak before the request is sent; this much is kept."""
_TOLD_UNASKED = 503
"""The one status code that a server sends to every client that connects. Any other is
about a request, and none was sent yet.
"""


def receive_buffer() -> memoryview:
    """Return a buffer for all connections of one event loop: what is received is copied
    out of it at once. Without one, asyncio allocates 256 KB for each read.
    """
    return memoryview(bytearray(_PIECE_BYTES))


class Connection(asyncio.BufferedProtocol):
    """A TCP or TLS connection that serves one request after another."""

    _transport: asyncio.Transport

    def __init__(
        self, sock: socket.socket, buffer: memoryview, *, is_tls: bool
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = sock
        self._buffer = buffer
        self._is_tls = is_tls
        self.is_open = False
        """Neither side has closed it."""
        self.idle_since = 0.0
        """For the pool that keeps it."""
        self._parser: ResponseParser | None = None
        self._response: asyncio.Future[Response] | None = None
        self._unwritten = _NOTHING
        self._may_write = True
        self._written_bytes = 0
        self._early = b""
        self._is_early = False
        """The response began before the request was sent."""
        self._is_new = True

    def is_stale(self) -> bool:
        """Ask the socket whether the peer has closed the idle connection or sent
        something that nobody asked for.
        """
        if not self.is_open:
            return True
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def send(
        self, request: PreparedRequest, parser: ResponseParser
    ) -> "asyncio.Future[Response] | None":
        """Send *request* and return the response to come; None when the connection was
        closed and nothing was sent. Use `give_up` when the response is not wanted.
        """
        early, self._early, self._is_new = self._early, b"", False
        if not self.is_open and not early:
            return None
        self._is_early = bool(early)
        self._parser = parser
        self._unwritten = _NOTHING
        self._response = response = self._loop.create_future()
        if self.is_open and not self._write(request):
            self._parser = self._response = None
            self.abort()
            return None
        if early:
            self._receive(early)
            if not self.is_open and not response.done():
                self._end(None)
        return response

    def give_up(self, request: PreparedRequest) -> None:
        """Close the connection; note in *request* how much of it was sent."""
        if not self._written_bytes:
            request.sent = Sent.NOTHING
        elif self._unsent_bytes():
            request.sent = Sent.PART
        else:
            request.sent = Sent.WHOLE
        self._parser = self._response = None
        self.abort()

    def abort(self) -> None:
        """Close the connection at once."""
        self.is_open = False
        self._transport.abort()

    def close(self) -> None:
        """Close an idle connection in good order."""
        self.is_open = False
        self._transport.close()

    # The event loop calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return the buffer that is received into."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Receive a part of the response."""
        self._receive(bytes(self._buffer[:nbytes]))

    def eof_received(self) -> None:
        """End: the peer sends no more."""
        self._end(None)
        self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """End: the connection does not exist any more."""
        self.is_open = False
        if error is not None and not self._is_tls:
            self._receive_rest()
        self._end(error)

    def pause_writing(self) -> None:
        """Wait with the rest of the body."""
        self._may_write = False

    def resume_writing(self) -> None:
        """Write more of the body, in the next turn: asyncio calls this in the middle of
        a write, and an error here would end the connection twice.
        """
        self._may_write = True
        self._loop.call_soon(self._write_more)

    def _write(self, request: PreparedRequest) -> bool:
        """Return False when nothing was sent, because the connection is closed."""
        head, body = request.head, request.body
        if len(body) <= _PIECE_BYTES:
            first = head + body
        else:
            first = head + body[:_PIECE_BYTES]
            self._unwritten = memoryview(body)[_PIECE_BYTES:]
        self._written_bytes = len(first)
        self._transport.write(first)
        if self._transport.is_closing():
            self._written_bytes = 0
            return False
        if self._unwritten:
            self._write_more()
        return True

    def _write_more(self) -> None:
        for _ in range(_PIECES_AT_ONCE):
            is_closing = self._transport.is_closing()
            if not self._unwritten or not self._may_write or is_closing:
                return
            piece = self._unwritten[:_PIECE_BYTES]
            self._unwritten = self._unwritten[_PIECE_BYTES:]
            self._written_bytes += len(piece)
            self._transport.write(piece)
        self._loop.call_soon(self._write_more)

    def _unsent_bytes(self) -> int:
        return len(self._unwritten) + self._transport.get_write_buffer_size()

    def _receive(self, data: bytes) -> None:
        parser = self._parser
        if parser is None:
            self._receive_unasked(data)
            return
        try:
            if not parser.feed(data):
                return
        except MalformedResponse as error:
            self._fail(error)
            return
        self._complete(parser)

    def _receive_unasked(self, data: bytes) -> None:
        """Before the first request this is the beginning of its response; after a
        response it belongs to nothing, and would look like the next one.
        """
        if self._is_new and len(self._early) < _EARLY_BYTES:
            self._early += data
        else:
            self.abort()

    def _receive_rest(self) -> None:
        """Receive what the peer sent before the write that failed: it may have answered
        early and hung up. The socket is closed after this.
        """
        with contextlib.suppress(OSError):
            while self._parser is not None:
                data = self._socket.recv(_PIECE_BYTES)
                if not data:
                    return
                self._receive(data)

    def _complete(self, parser: ResponseParser) -> None:
        received = parser.response()
        if self._is_early and received.status_code != _TOLD_UNASKED:
            self._fail(MalformedResponse("it came before the request was sent"))
            return
        response = self._response
        self._parser = self._response = None
        is_sent = not self._unsent_bytes()
        if not (parser.may_reuse and parser.is_complete and is_sent):
            self.abort()
        if response is not None and not response.done():
            response.set_result(received)

    def _end(self, error: Exception | None) -> None:
        self.is_open = False
        parser = self._parser
        if parser is None:
            return
        if error is not None:
            self._fail(error)
            return
        try:
            parser.end()
        except ConnectionEnded as ended:
            self._fail(ended)
        else:
            self._complete(parser)

    def _fail(self, error: Exception) -> None:
        response = self._response
        self._parser = self._response = None
        if response is not None and not response.done():
            response.set_exception(error)
        # It is aborted by the task that waits, which first notes what was sent.
        self.is_open = False
