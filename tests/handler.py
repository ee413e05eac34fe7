"""A real HTTP server on loopback; the path of a request selects its response.

Tests of the caller, the processor, the daemon and the faults call it. It keeps
every request, so that a test can assert on what was received.
`tests.handler_responses` says what each path does. It speaks raw streams rather than a
framework's HTTP, because most of its responses are not valid HTTP.

    with HandlerServer() as handler:
        call(handler.url("/ok"))
        assert handler.requests[0].method == "POST"

`python -m tests.handler 8800` runs it by itself.
"""

import asyncio
import contextlib
import ssl
import sys
import threading
from collections import Counter

from tests.handler_exchange import LONGEST_HEAD, Exchange, Received, read_request
from tests.handler_responses import responder_for
from tests.loopback_server import LoopbackServer


class HandlerServer(LoopbackServer):
    """Answers every path as `tests.handler_responses` says."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(port, host=host, tls=tls, longest_line=LONGEST_HEAD)
        self.calls: Counter[int] = Counter()
        """Requests so far, by job id."""
        self._received: list[Received] = []

    def url(self, path: str = "/ok", *, host: str | None = None) -> str:
        """The url of *path*; *host* is another name for this machine."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    @property
    def requests(self) -> list[Received]:
        """Every request so far, in the order they were complete."""
        return list(self._received)

    def requests_to(self, path: str) -> list[Received]:
        """Return the requests for *path*, with any query."""
        return [request for request in self.requests if request.path == path]

    def answer_held(self) -> None:
        """Answer every request that waits at `/held`, and every later one at once."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def _on_start(self) -> None:
        self._gate = asyncio.Event()

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        async def receive() -> Received:
            request = await read_request(reader, number)
            self._received.append(request)
            self.calls[request.job_id] += 1
            return request

        go_on = True
        while go_on:
            request = await receive()
            go_on = await responder_for(request.path)(
                Exchange(request, receive, reader, writer, self.calls, self._gate)
            )


def main(arguments: list[str]) -> None:
    """Serve on the port given, until interrupted."""
    with HandlerServer(int(arguments[0]) if arguments else 0) as handler:
        print(handler.url("/"), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
        print(f"{len(handler.requests)} requests", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
