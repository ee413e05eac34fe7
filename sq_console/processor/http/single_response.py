"""The receiving end of a connection: one response to each request, however packets are
split.

aiohttp gives a whole packet to its parser, so malformed bytes after the end of a
response make the response fail. This class gives the parser the head, then the body,
and no byte after the end. A complete response stands; bytes after it are ignored, and
the connection is closed. The connection is also closed when the head of a response that
has no body (to HEAD, 204, 304) announces one: that body may still arrive.

One case cannot be detected: surplus bytes that arrive after the next request was sent
on a connection that was in order until then. They look like the response to it.
"""

import re
from typing import Any

from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import set_exception
from aiohttp.http import RawResponseMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

_EMPTY_LINE = re.compile(rb"(?<=\n)\r?\n|\A\r?\n")
"""The line feed before it may be in an earlier packet."""
_Message = tuple[RawResponseMessage, StreamReader]


class SingleResponse(ResponseHandler):
    """The protocol of one connection; the connector creates it."""

    _body: StreamReader | None = None
    """The body of the response; None until its head is complete."""
    _is_complete = False
    _has_extra_data = False

    def set_response_params(self, **params: Any) -> None:
        """Prepare for the response to the next request."""
        self._body, self._is_complete, self._has_extra_data = None, False, False
        super().set_response_params(**params)

    def feed_data(self, data: _Message, size: int = 0) -> None:
        """Receive the message of a complete head."""
        message, body = data
        if self._body is not None:
            self._has_extra_data = True  # it parses as a second response
            return
        if message.code >= 200 or message.code == 101:
            self._body = body
            if body is EMPTY_PAYLOAD and _announces_body(message):
                self.force_close()
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Receive *data*, which is empty when reading resumes after a pause."""
        at = 0
        while not self._is_complete:
            # Not beyond an empty line while the end of the head is unknown.
            empty = _EMPTY_LINE.search(data, at) if self._body is None else None
            end = empty.end() if empty else len(data)
            super().data_received(data[at:end])
            at = end
            self._check_for_end()
            if at == len(data):
                return
        if data:
            self._abort()

    def _check_for_end(self) -> None:
        body, error = self._body, self.exception()
        if body is None:
            return
        if body.is_eof():
            self._is_complete = True
            # The end of the connection cannot change a complete response.
            self._parser = None
            self._payload = None
            if self._has_extra_data or error is not None:  # surplus bytes
                self._abort()
        elif error is not None:
            # Without this its reader would wait for ever. A reader that the end of a
            # chunk has just woken does not check for an exception and waits again:
            # the second call reaches it then.
            set_exception(body, error)
            self._loop.call_soon(set_exception, body, error)

    def _abort(self) -> None:
        self.force_close()
        if self.transport is not None:
            self.transport.abort()


def _announces_body(message: RawResponseMessage) -> bool:
    return message.chunked or message.headers.get("Content-Length", "0").strip() != "0"
