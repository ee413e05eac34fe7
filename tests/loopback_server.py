"""A server on loopback with a thread and an event loop of its own: what the test
handler, the ledger and the chaos proxy have in common.

A subclass says in `_serve_connection` what one connection does. What a server counts
and remembers may be read from any thread.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from types import TracebackType
from typing import Self
from weakref import WeakSet


class LoopbackServer:
    """Listens from `__enter__` to `__exit__`."""

    def __init__(
        self,
        port: int = 0,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        longest_line: int = 1 << 16,
    ) -> None:
        self.host = host
        self.port = port
        """The one it listens on, once it does; 0 asks for any."""
        self.connections = 0
        """TCP connections accepted so far."""
        self._tls = tls
        self._longest_line = longest_line
        self._open: set[asyncio.Task[None]] = set()
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name=type(self).__name__, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError(f"{self._thread.name} could not listen on {self.port}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def open_connections(self) -> int:
        """TCP connections open now."""
        return len(self._open)

    def _on_start(self) -> None:
        """Make what belongs to the loop; runs in it before the first connection."""

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        """Serve connection *number*, counted from 1. A peer that goes away, and the end
        of the server, end it with an exception that is expected.
        """
        raise NotImplementedError

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._on_start()
        listening = await asyncio.start_server(
            self._accept,
            self.host,
            self.port,
            limit=self._longest_line,
            backlog=1024,
            ssl=self._tls,
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        listening.close()
        connections = list(self._open)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)  # for those that were just being accepted
        for transport in list(self._transports):
            transport.abort()  # what a peer has not read would outlive the loop
        await asyncio.sleep(0)

    def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._transports.add(writer.transport)
        if self._stop.is_set():
            writer.transport.abort()
            return
        connection = self._loop.create_task(self._converse(reader, writer))
        self._open.add(connection)
        connection.add_done_callback(self._open.discard)

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            with contextlib.suppress(
                OSError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                await self._serve_connection(reader, writer, self.connections)
        finally:
            if self._stop.is_set():
                writer.transport.abort()  # a TLS goodbye would outlive the loop
            else:
                writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection with a RST rather than a FIN."""
    sock: socket.socket = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):  # it may be closed already
        linger = struct.pack("ii", 1, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
