"""The receiving end of a connection: one answer to one request, however packets fall.

aiohttp gives all of a packet to its parser, and what is wrong behind the end of an
answer spoils the answer. Here the parser is given the head, then the body, and nothing
after the end: an answer that is complete stands, what follows it belongs to nobody, and
the connection is closed. It is closed as well when the head of an answer
that has no body (to HEAD, 204, 304) speaks of one: it may be on its way.

What cannot be seen: bytes that come later than the next request on a connection which
was in order until then. They look like its answer.
"""

import re
from typing import Any

from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import set_exception
from aiohttp.http import RawResponseMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

_EMPTY_LINE = re.compile(rb"(?<=\n)\r?\n|\A\r?\n")
"""The line before may have ended in another packet."""
_Message = tuple[RawResponseMessage, StreamReader]


class SingleResponse(ResponseHandler):
    """Made by the connector for each of its connections."""

    _body: StreamReader | None = None
    """Of the answer whose head is here; None while it is not."""
    _is_over = False
    _is_followed = False

    def set_response_params(self, **params: Any) -> None:
        """A request goes out: its answer may come."""
        self._body, self._is_over, self._is_followed = None, False, False
        super().set_response_params(**params)

    def feed_data(self, data: _Message, size: int = 0) -> None:
        """A head is complete."""
        message, body = data
        if self._body is not None:
            self._is_followed = True  # by what looks like an answer
            return
        if message.code >= 200 or message.code == 101:
            self._body = body
            if body is EMPTY_PAYLOAD and _speaks_of_a_body(message):
                self.force_close()
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; none, when reading goes on after a pause."""
        at = 0
        while not self._is_over:
            # Not beyond an empty line, until the end of the head is known.
            empty = _EMPTY_LINE.search(data, at) if self._body is None else None
            end = empty.end() if empty else len(data)
            super().data_received(data[at:end])
            at = end
            self._look_for_the_end()
            if at == len(data):
                return
        if data:
            self._drop()

    def _look_for_the_end(self) -> None:
        body, error = self._body, self.exception()
        if body is None:
            return
        if body.is_eof():
            self._is_over = True
            # Whatever becomes of the connection, this answer is as it is.
            self._parser = None
            self._payload = None
            if self._is_followed or error is not None:  # the parser has met it
                self._drop()
        elif error is not None:
            # Or its reader would wait for ever. One that was just woken, by the end of
            # a chunk, does not look, and waits again: it hears of it then.
            set_exception(body, error)
            self._loop.call_soon(set_exception, body, error)

    def _drop(self) -> None:
        self.force_close()
        if self.transport is not None:
            self.transport.abort()


def _speaks_of_a_body(message: RawResponseMessage) -> bool:
    return message.chunked or message.headers.get("Content-Length", "0").strip() != "0"
