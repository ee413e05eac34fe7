"""One request that a handler received, and the connection to answer it on.
`tests.handler` creates exchanges and `tests.handler_responses` answers them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from tests.loopback_server import reset

LONGEST_HEAD = 1 << 20
UNREAD = "/unread"
"""Requests for this path are not read beyond their headers."""


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came over the wire."""

    method: str
    target: str
    """Path and query, untouched."""
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes
    at: float
    """`time.monotonic()` when it was complete."""
    connection: int
    """Which TCP connection it came over, counted from 1."""
    path: str = field(init=False)
    headers: dict[str, str] = field(init=False)
    """Lower-case names; the values of a repeated name are joined by a comma."""

    def __post_init__(self) -> None:
        headers: dict[str, str] = {}
        for name, value in self.raw_headers:
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        object.__setattr__(self, "path", self.target.partition("?")[0])
        object.__setattr__(self, "headers", headers)

    def query_value(self, name: str, default: str = "") -> str:
        """The last value of *name* in the query."""
        return (self.query_values(name) or [default])[-1]

    def query_values(self, name: str) -> list[str]:
        """Every value of *name* in the query. Bytes beyond ASCII come as latin-1."""
        query = urlsplit(self.target).query
        return [
            value
            for key, value in parse_qsl(query, True, encoding="latin-1")
            if key == name
        ]

    @property
    def job_id(self) -> int:
        """The id of the job that is called; 0 without the header."""
        return int(self.headers.get("x-bitlancer-job-id", "0"))


@dataclass(slots=True)
class Exchange:
    """One request and the connection to answer it on."""

    request: Received
    receive: Callable[[], Awaitable[Received]]
    """Reads the next request on this connection."""
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    calls: Counter[int]
    """Requests so far, by job, this one included."""
    gate: asyncio.Event
    """Set when held requests may be answered."""

    async def send(self, wire: bytes) -> None:
        """Put *wire* on the connection as it stands."""
        self.writer.write(wire)
        await self.writer.drain()

    async def hold(self) -> None:
        """Send nothing more until the caller closes the connection."""
        while await self.reader.read(65_536):
            pass

    def reset(self) -> None:
        """Break the connection with a RST rather than a FIN."""
        reset(self.writer)


async def read_request(reader: asyncio.StreamReader, connection: int) -> Received:
    """Return the next request with its body; IncompleteReadError if none comes."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
    first, *lines = head[:-4].split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = tuple(
        (name, value.strip())
        for name, _, value in (line.partition(":") for line in lines)
    )
    length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
    is_read = length and not target.startswith(UNREAD)
    body = await reader.readexactly(length) if is_read else b""
    return Received(method, target, headers, body, time.monotonic(), connection)
