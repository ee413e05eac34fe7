"""A small HTTP server on a thread of its own: GET and HEAD of pages in memory.

It gives each connection one answer, a few seconds and little memory, and there are only
so many at once: who is slow, or sends what is no request, costs the processor
nothing. It speaks what a scraper, a probe or curl asks for, and nothing more.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from sq_console.config import ListenAddress
from sq_console.daemon.metrics.pages import Page
from sq_console.errors import SettingsError
from sq_console.text.sanitize import clean

CONNECTION_SECS = 5.0
"""From the first byte of a request to the last one of its answer."""
MOST_CONNECTIONS = 64
_HEAD_BYTES = 8_192
_BACKLOG = 128

_LOG = logging.getLogger(__name__)
Answer = Callable[[str, str], Page]
"""From a path and an Accept header to a page."""


def open_socket(listen: ListenAddress) -> socket.socket:
    """Listen at *listen*. Raises SettingsError, in one line."""
    try:
        found = socket.getaddrinfo(
            listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        return _listening(socket.socket(family, kind, protocol), address)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "no such address"
        raise SettingsError(
            f"[metrics] listen: {listen}: {why[:1].lower()}{why[1:]}; name another"
            " with --metrics-listen, or off"
        ) from None


def _listening(opened: socket.socket, address: tuple[Any, ...]) -> socket.socket:
    try:
        # A port whose last connections are still ending may be listened at again.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if opened.family == socket.AF_INET6:  # another service may have the other
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)
    except BaseException:
        opened.close()
        raise
    return opened


class HttpServer:
    """Serves what *answer* returns, over a socket that listens, until it is stopped."""

    def __init__(self, listening: socket.socket, answer: Answer) -> None:
        self._listening = listening
        self._answer = answer
        self._connections = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._running = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="sq-metrics", daemon=True
        )

    def begin_serving(self) -> None:
        """Begin to serve."""
        self._thread.start()
        self._running.wait()

    def stop_serving(self) -> None:
        """Serve no more; the port is free when this returns."""
        if self._loop is not None and self._stopping is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(2 * CONNECTION_SECS)

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(
            self._connected, sock=self._listening, limit=_HEAD_BYTES
        )
        self._running.set()
        await self._stopping.wait()
        server.close()

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self._connections >= MOST_CONNECTIONS:
            writer.transport.abort()
            return
        self._connections += 1
        try:
            async with asyncio.timeout(CONNECTION_SECS):
                await self._respond(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            self._connections -= 1

    async def _respond(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            head = b""
        method, page = self._page_for(head)
        writer.write(_response(page, with_content=method != "HEAD"))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _page_for(self, head: bytes) -> tuple[str, Page]:
        line, *fields = head.decode("latin-1").split("\r\n")
        words = line.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return "", Page(400, b"not an HTTP request\n")
        method, path, _ = words
        if method not in ("GET", "HEAD"):
            return method, Page(405, b"GET and HEAD only\n")
        try:
            return method, self._answer(path, _accept(fields))
        except Exception as error:  # noqa: BLE001 - it costs one answer
            _LOG.error("%s cannot be answered: %r", clean(path, 100), error)
            return method, Page(500, b"not answered; the log says why\n")


def _accept(fields: list[str]) -> str:
    """Return the Accept header, in lower case."""
    pairs = (field.partition(":") for field in fields)
    found = [value.strip() for name, _, value in pairs if name.lower() == "accept"]
    return ",".join(found).lower()


def _response(page: Page, *, with_content: bool) -> bytes:
    head = (
        f"HTTP/1.1 {page.code} {HTTPStatus(page.code).phrase}\r\n"
        f"Content-Type: {page.content_type}\r\n"
        f"Content-Length: {len(page.content)}\r\n"
        "Allow: GET, HEAD\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (page.content if with_content else b"")
