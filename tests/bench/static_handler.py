"""A handler that answers "ok" and does nothing else, so that the caller is measured.

    python -m tests.bench.static_handler PORT

`/after/<secs>` answers after that long. It knows just enough HTTP for the callers of
the bench, whose requests come in one piece and have a body of known length.
"""

import asyncio
import re
import sys

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
_AFTER = re.compile(rb"\A[A-Z]+ \S*?/after/([0-9.]+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Answering(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._received, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._answer(_AFTER.match(self._received))
            self._received = self._received[whole:]

    def _answer(self, after: "re.Match[bytes] | None") -> None:
        if after is None:
            self._transport.write(_OK)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(float(after[1]), self._transport.write, _OK)


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", port, backlog=4_096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
