"""Makes a `Response` of the bytes of a connection, however packets are split. Pure: no
socket, no clock.

llhttp parses the head. It gets the bytes up to the end of the head and no more: whether
a body follows, and where it ends, depends on the request too, which llhttp does not
know. A body of known length is counted here, and chunks are parsed by llhttp. So a
complete response stands, whatever follows; surplus bytes only end the connection.

Leniency is that of browsers and curl where the meaning is certain: lines that end with
a bare line feed, spaces after a chunk's size. Two meanings are malformed: two lengths,
a length beside chunks.
"""

from collections.abc import Callable

import httptools

from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)

MAX_HEAD_BYTES = 1 << 17
"""The longest head; also the most bytes of chunk lines and trailers between two pieces
of a body.
"""
MAX_INTERIM_RESPONSES = 10_000
"""One a second for nearly three hours."""
_NO_BODY = (204, 304)
_BEGINS_OTHER_PROTOCOLS = b"RI"  # RTSP/, ICE/


class ResponseParser:
    """The response to one request."""

    def __init__(
        self,
        method: str,
        kept_bytes: int = KEPT_BYTES,
        read_bytes: int = READ_BYTES,
    ) -> None:
        self._is_head_request = method == "HEAD"
        self._kept_bytes = kept_bytes
        self._read_bytes = read_bytes
        self._headers: dict[bytes, list[bytes]] = {}
        self._status_code: int | None = None
        """None until the head is complete."""
        self._head_bytes = 0
        self._has_begun = False
        self._has_head = False
        self._interim_count = 0
        self._body = bytearray()
        self._size = 0
        self._left = 0
        """Bytes of the body that are still to come, if its length is known."""
        self._bytes_between = 0
        self._ends_with_connection = False
        self._take_body: Callable[[bytes], None] = self._take_counted
        self.is_complete = False
        self.may_reuse = False
        """The connection may serve another request, once the response is complete."""
        self._parser = self._create_parser()

    def _create_parser(self) -> httptools.HttpResponseParser:
        parser = httptools.HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        return parser

    def feed(self, data: bytes) -> bool:
        """Take the next bytes. Return whether no more are wanted: the response is
        complete, or as long as is read of one. Raises MalformedResponse.
        """
        rest = data if self._has_head else self._take_head(data)
        if self.is_complete:  # without a body
            self.may_reuse = self.may_reuse and not rest
            return True
        if rest:
            self._take_body(rest)
        return self._is_enough()

    def _is_enough(self) -> bool:
        return self.is_complete or self._size >= self._read_bytes

    def end(self) -> None:
        """The connection has ended in good order. Raises ConnectionEnded when the
        response is not complete.
        """
        if self._has_head and self._ends_with_connection:
            self.is_complete = True
        elif self._head_bytes:
            raise ConnectionEnded("in the middle of the answer")
        else:
            raise ConnectionEnded("without an answer")

    def response(self) -> Response:
        """Return what was received. No more can be fed."""
        assert self._status_code is not None
        # llhttp's parser refers to this one: cut here, the circle is freed at once, and
        # not left, with all it holds, to the garbage collector.
        del self._parser, self._take_body
        return Response(
            self._status_code,
            self._headers,
            bytes(self._body),
            self._size,
            self.is_complete,
        )

    def _take_head(self, data: bytes) -> bytes:
        """Parse the head, and all interim responses before it. Return the rest of
        *data*, which belongs to the body.
        """
        at = 0
        while at < len(data) and not self._has_head:
            end = _end_of_head(data, at)
            piece = data[at:end]
            self._check_head(piece)
            self._parse_head(piece)
            at = end
        return data[at:]

    def _check_head(self, data: bytes) -> None:
        """Raise MalformedResponse for what llhttp would take."""
        if not self._has_begun and (begin := data.lstrip(b"\r\n")):
            self._has_begun = True
            if begin[0] in _BEGINS_OTHER_PROTOCOLS:
                raise MalformedResponse("Expected HTTP/")
        if b"\0" in data:
            raise MalformedResponse("a NUL byte in its head")
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            raise MalformedResponse(f"its head is longer than {MAX_HEAD_BYTES} bytes")

    def _parse_head(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # another protocol follows
        except httptools.HttpParserError as error:
            if self._status_code is None:
                raise MalformedResponse(str(error)) from error
        if self._status_code is not None:
            self._begin_body(self._status_code)

    def _begin_body(self, status_code: int) -> None:
        if status_code < 100:
            raise MalformedResponse("Invalid status code")
        if status_code < 200 and status_code != 101:
            self._skip_interim()
            return
        self._has_head = True
        lengths = self._headers.get(b"content-length")
        codings = self._headers.get(b"transfer-encoding")
        if status_code == 101:
            self.is_complete = True
            self.may_reuse = False
        elif self._is_head_request or status_code in _NO_BODY:
            self.is_complete = True
            # A body that it announces may arrive all the same.
            announced = codings is not None or (lengths or [b"0"])[0].strip() != b"0"
            self.may_reuse = not announced and self._keeps_alive()
        elif codings is not None:
            self._take_body = self._take_chunks
            last = codings[-1].rpartition(b",")[2].strip()
            self._ends_with_connection = last.lower() != b"chunked"
        elif lengths is not None:
            self._left = int(lengths[0])
            self.is_complete = self._left == 0
        else:
            self._take_body = self._keep
            self._ends_with_connection = True

    def _skip_interim(self) -> None:
        self._interim_count += 1
        if self._interim_count > MAX_INTERIM_RESPONSES:
            raise MalformedResponse(
                f"more than {MAX_INTERIM_RESPONSES} interim answers"
            )
        # After `Connection: close`, llhttp would take nothing any more.
        self._parser = self._create_parser()
        self._headers = {}
        self._status_code = None
        self._has_begun = False
        self._head_bytes = 1  # what follows is in the middle of an answer

    def _keeps_alive(self) -> bool:
        """As llhttp decides for a response with a body."""
        values = b",".join(self._headers.get(b"connection", ())).lower()
        options = {option.strip() for option in values.split(b",")}
        if self._parser.get_http_version() == "1.0":
            return b"keep-alive" in options and b"close" not in options
        return b"close" not in options

    def _take_counted(self, data: bytes) -> None:
        if len(data) > self._left:
            data = data[: self._left]
            self.may_reuse = False
        self._keep(data)
        self._left -= len(data)
        self.is_complete = self._left == 0

    def _take_chunks(self, data: bytes) -> None:
        self._bytes_between += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.is_complete:
                raise MalformedResponse(str(error)) from error
            self.may_reuse = False
        if self._bytes_between > MAX_HEAD_BYTES and not self.is_complete:
            raise MalformedResponse(
                f"its chunk lines or trailers are longer than {MAX_HEAD_BYTES} bytes"
            )

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        room = self._kept_bytes - len(self._body)
        if room > 0:
            self._body += data[:room]

    # llhttp calls these.

    def on_message_begin(self) -> None:
        """Note that another response begins after this one."""
        if self.is_complete:
            self.may_reuse = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header. Trailers are dropped."""
        if not self._has_head:
            self._headers.setdefault(name.lower(), []).append(value)

    def on_headers_complete(self) -> None:
        """Note that the head is complete."""
        if not self._has_head:
            self._status_code = self._parser.get_status_code()
            # llhttp knows it no more once a message without a body is complete.
            self.may_reuse = self._parser.should_keep_alive()

    def on_body(self, data: bytes) -> None:
        """Receive a piece of a body in chunks."""
        if not self.is_complete:
            self._bytes_between = 0
            self._keep(data)

    def on_message_complete(self) -> None:
        """Note that the last chunk and its trailers are there."""
        if self._has_head:
            self.is_complete = True


def _end_of_head(data: bytes, at: int) -> int:
    """Return where an empty line ends, at the earliest, in *data* after *at*: the head
    cannot end before. A line may have begun in an earlier packet.
    """
    if at == 0 and data[:1] in (b"\r", b"\n"):
        return data.find(b"\n", 0, 2) + 1 or 1
    start = max(0, at - 1)
    end = data.find(b"\n\r\n", start)
    bare = data.find(b"\n\n", start, end + 1 if end >= 0 else len(data))
    if bare >= 0:
        return bare + 2
    return end + 3 if end >= 0 else len(data)
