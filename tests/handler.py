"""A real HTTP server on loopback that answers as well, or as badly, as its path says.

Tests of the caller, the processor, the daemon and the faults call it. It runs on a
thread with its own event loop and remembers every request, so that a test can ask what
was really received. `tests.handler_answers` says what each path does. It speaks raw
streams rather than a framework's HTTP, because most of what it has to say is not HTTP.

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
from types import TracebackType
from typing import Self
from weakref import WeakSet

from tests.handler_answers import answer_for
from tests.handler_exchange import LONGEST_HEAD, Exchange, Received, read_request


class HandlerServer:
    """The server, from `__enter__` to `__exit__`. Its numbers may be read from any
    thread.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.calls: Counter[int] = Counter()
        """Requests so far, by job id."""
        self.connections = 0
        """TCP connections accepted so far."""
        self._tls = tls
        self._received: list[Received] = []
        self._talks: set[asyncio.Task[None]] = set()
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError(f"the handler could not listen on port {self.port}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str = "/ok", *, host: str | None = None) -> str:
        """The url of *path*; *host* is another name for this machine."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    @property
    def requests(self) -> list[Received]:
        """Every request so far, in the order they were complete."""
        return list(self._received)

    def requests_to(self, path: str) -> list[Received]:
        """Those for *path*, whatever their query."""
        return [request for request in self.requests if request.path == path]

    @property
    def open_connections(self) -> int:
        """TCP connections open now."""
        return len(self._talks)

    def let_go(self) -> None:
        """Answer everything that waits at `/held`, now and from now on."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._gate = asyncio.Event()
        listening = await asyncio.start_server(
            self._accept,
            self.host,
            self.port,
            limit=LONGEST_HEAD,
            backlog=1024,
            ssl=self._tls,
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        listening.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        for transport in list(self._transports):
            transport.abort()  # what a peer has not read would outlive the loop

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._transports.add(writer.transport)
        talk = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        # The caller going away is as good an end as any, and so is the test's.
        with contextlib.suppress(
            OSError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            await self._answer_all(reader, writer, self.connections)
        if self._stop.is_set():
            writer.transport.abort()  # a TLS goodbye would outlive the loop
        else:
            writer.close()

    async def _answer_all(
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
            go_on = await answer_for(request.path)(
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
