"""A TCP proxy that breaks what it carries: between the program and its database, or a
handler, as a bad network would be.

What it does to connections is set from any thread, at any time, and holds for all of
them, old and new, until set otherwise.

    with ChaosProxy(server.port) as proxy:
        use(proxy.port)
        proxy.black_hole()      # nothing passes, nothing is closed
        proxy.pass_on()
        proxy.reset_one(rng)    # a RST for one connection, to both of its ends
"""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field, replace

from tests.loopback_server import LoopbackServer, reset

_COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
"""The packet of that statement, whole."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Harm:
    """What is done to what passes."""

    latency_secs: float = 0.0
    """Each piece is late by this."""
    drip_secs: float = 0.0
    """What the server says comes byte by byte, each after this."""
    corrupt: float = 0.0
    """This share of the server's pieces has one byte changed."""
    reset_after: int | None = None
    """A connection is reset once it has carried this many bytes."""
    lose_commits: float = 0.0
    """This share of COMMITs breaks its connection before it reaches the server…"""
    lose_committed: float = 0.0
    """…and this share after it was carried out, before the client hears of it…"""
    late_commits: float = 0.0
    """…and this share arrives when the client has long gone to another connection."""
    late_secs: float = 2.0
    """So much later."""


@dataclass(eq=False, slots=True)
class _Link:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    carried: int = 0
    broken: bool = False
    swallow: bool = False
    pumps: list["asyncio.Task[None]"] = field(default_factory=list)

    def reset(self) -> None:
        self.broken = True
        reset(self.client)
        reset(self.server)


class ChaosProxy(LoopbackServer):
    """Listens from `__enter__` to `__exit__`, and carries to *to_port*."""

    def __init__(self, to_port: int, *, seed: int = 1) -> None:
        super().__init__()
        self._to_port = to_port
        self._rng = random.Random(seed)
        self._links: set[_Link] = set()
        self.harm = Harm()
        self.resets: Counter[str] = Counter()
        """Connections reset so far, by why."""

    def do(self, **harm: float) -> None:
        """Do this from now on, and nothing else."""
        self.harm = replace(Harm(), **harm)  # type: ignore[arg-type]

    def black_hole(self) -> None:
        """Carry nothing and close nothing."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def pass_on(self) -> None:
        """Carry everything, unharmed, what waited included."""
        self.harm = Harm()
        self._loop.call_soon_threadsafe(self._passing.set)

    def reset_one(self, why: str = "at random") -> None:
        """Reset one of the connections, if there is one."""
        self._loop.call_soon_threadsafe(self._reset_one, why)

    def half_close(self) -> None:
        """Tell every client that the server has said all it had to say."""
        self._loop.call_soon_threadsafe(self._half_close)

    def _reset_one(self, why: str) -> None:
        alive = [link for link in self._links if not link.broken]
        if alive:
            self._reset(self._rng.choice(alive), why)

    def _half_close(self) -> None:
        for link in self._links:
            if not link.broken and link.client.can_write_eof():
                link.client.write_eof()

    def _reset(self, link: _Link, why: str) -> None:
        if not link.broken:
            self.resets[why] += 1
            link.reset()

    def _on_start(self) -> None:
        self._passing = asyncio.Event()
        self._passing.set()

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        server_reader, server_writer = await asyncio.open_connection(
            "127.0.0.1", self._to_port
        )
        link = _Link(writer, server_writer)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as pumps:
                pumps.create_task(self._up(link, reader))
                pumps.create_task(self._down(link, server_reader))
        except* OSError:
            pass
        finally:
            self._links.discard(link)
            server_writer.transport.abort()

    async def _up(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """From the client to the server."""
        while piece := await self._next(link, reader):
            if _COMMIT in piece and await self._loses_commit(link):
                return
            link.server.write(piece)
            await link.server.drain()
        link.server.close()

    async def _down(self, link: _Link, reader: asyncio.StreamReader) -> None:
        """From the server to the client."""
        while piece := await self._next(link, reader):
            if link.swallow:
                self._reset(link, "after COMMIT")
                return
            if self._rng.random() < self.harm.corrupt:
                piece = self._corrupted(piece)
            await self._say(link, piece)
        link.client.close()

    async def _next(self, link: _Link, reader: asyncio.StreamReader) -> bytes:
        """The next piece; none when the connection is over."""
        piece = await reader.read(_PIECE)
        await self._passing.wait()
        if self.harm.latency_secs:
            await asyncio.sleep(self.harm.latency_secs)
        link.carried += len(piece)
        limit = self.harm.reset_after
        if limit is not None and link.carried > limit:
            self._reset(link, "after so many bytes")
        return b"" if link.broken else piece

    async def _say(self, link: _Link, piece: bytes) -> None:
        while self.harm.drip_secs and piece and not link.broken:
            link.client.write(piece[:1])
            piece = piece[1:]
            await asyncio.sleep(self.harm.drip_secs)
        link.client.write(piece)
        await link.client.drain()

    async def _loses_commit(self, link: _Link) -> bool:
        """True when the connection breaks here; it may break after the server's answer
        instead, or have broken for the client only.
        """
        harm, drawn = self.harm, self._rng.random()
        if drawn < harm.lose_commits:
            self._reset(link, "before COMMIT")
            return True
        drawn -= harm.lose_commits
        link.swallow = drawn < harm.lose_committed
        if harm.lose_committed <= drawn < harm.lose_committed + harm.late_commits:
            self.resets["with a late COMMIT"] += 1
            reset(link.client)
            link.swallow = True
            await asyncio.sleep(harm.late_secs)
        return False

    def _corrupted(self, piece: bytes) -> bytes:
        spoiled = bytearray(piece)
        spoiled[self._rng.randrange(len(spoiled))] = self._rng.randrange(256)
        return bytes(spoiled)
