"""The outcome of a call does not depend on how its response is split into packets.
Bytes after a complete response are part of no other. Each response is split in two at
every byte, and into single bytes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from sq_console.model import Outcome, ResultCode
from sq_console.processor.http.caller import Caller
from tests.processor.claimed_jobs import call, claimed
from tests.raw_responses import head, whole

OK = ResultCode.SUCCEEDED
PERMANENT = ResultCode.PERMANENT
TEMPORARY = ResultCode.TEMPORARY

CHUNKED = {"Transfer-Encoding": "chunked"}
LENGTH = {"Content-Length": "5"}
PARTS = head(200, CHUNKED) + b"2\r\nok\r\n0\r\n\r\n"
STRAY = b"EXTRA"
ANOTHER = whole(503, b"busy")

COMPLETE = {
    "length": ("post", whole(200, b"ok"), OK, "ok"),
    "chunks": ("post", PARTS, OK, "ok"),
    "trailer": ("post", PARTS[:-2] + b"X-Sum: 1\r\n\r\n", OK, "ok"),
    "empty": ("post", whole(200, b""), OK, ""),
    "hint": ("post", head(103, {"Link": "</a>"}) + whole(200, b"ok"), OK, "ok"),
    "bare line feeds": ("post", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", OK, "ok"),
    "204": ("post", head(204, {}), PERMANENT, ""),
    "304": ("get", head(304, {}), PERMANENT, ""),
    "HEAD": ("head", head(200, {"Content-Length": "0"}), OK, ""),
}
"""Complete responses; the connection may serve the next call."""
WITH_STRAY_BYTES = {
    **{
        f"{name}, then {stray[:5]!r}": (method, wire + stray, result, response)
        for name, (method, wire, result, response) in COMPLETE.items()
        for stray in (STRAY, ANOTHER, b"\x00")
    },
    "HEAD with a body": ("head", whole(200, b"hello"), OK, ""),
    "HEAD with chunks": ("head", PARTS, OK, ""),
    "204 with a body": ("post", head(204, LENGTH) + b"hello", PERMANENT, ""),
    "204 with chunks": ("post", head(204, CHUNKED) + PARTS, PERMANENT, ""),
    "304 with a body": ("get", head(304, LENGTH) + b"hello", PERMANENT, ""),
    "304 with the length of the body it omits": (
        "get",
        head(304, LENGTH),
        PERMANENT,
        "",
    ),
}
"""Complete responses with more bytes after them; the connection is closed."""
MALFORMED = {
    "chunk": head(200, CHUNKED) + b"2\r\nok\r\nzz\r\nok\r\n",
    "length": head(200, {"Content-Length": "-2"}) + b"ok",
    "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "line": b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
}


class PacketHandler:
    """A handler on the loop of its caller. It sends its packets one by one, and leaves
    the connection for the caller to close.
    """

    def __init__(self) -> None:
        self.packets: Sequence[bytes] = ()
        self.connections = 0
        self.all_sent = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"

    async def close(self) -> None:
        self._listening.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                if b"Content-Length: 4" in request:
                    await reader.readexactly(4)
                for packet in self.packets:
                    writer.write(packet)
                    await run_the_caller()
                self.all_sent.set()
        except (OSError, asyncio.IncompleteReadError):
            self.all_sent.set()
        finally:
            writer.close()


async def run_the_caller() -> None:
    """Run the loop, so that the caller reads what was sent or proceeds with it."""
    for _ in range(4):
        await asyncio.sleep(0)


@pytest.fixture
async def packet_handler() -> AsyncIterator[PacketHandler]:
    handler = PacketHandler()
    await handler.open()
    yield handler
    await handler.close()


def splits(wire: bytes) -> Iterator[list[bytes]]:
    yield [wire]
    yield from ([wire[:at], wire[at:]] for at in range(1, len(wire)))
    yield [wire[at : at + 1] for at in range(len(wire))]


async def call_with_packets(
    caller: Caller, handler: PacketHandler, method: str, packets: Sequence[bytes]
) -> Outcome:
    handler.packets = packets
    handler.all_sent.clear()
    outcome = await call(caller, claimed(handler.url, http_method=method))
    await handler.all_sent.wait()
    await run_the_caller()
    return outcome


@pytest.mark.parametrize("name", COMPLETE)
async def test_a_response_gives_the_same_outcome_however_it_is_split(
    caller: Caller, packet_handler: PacketHandler, name: str
) -> None:
    method, wire, result, response = COMPLETE[name]

    for packets in splits(wire):
        outcome = await call_with_packets(caller, packet_handler, method, packets)
        assert (outcome.result, outcome.response) == (result, response), packets

    assert packet_handler.connections == 1


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize("name", WITH_STRAY_BYTES)
async def test_bytes_after_a_response_change_nothing_and_close_the_connection(
    caller: Caller, packet_handler: PacketHandler, name: str
) -> None:
    method, wire, result, response = WITH_STRAY_BYTES[name]

    for calls, packets in enumerate(splits(wire), 1):
        outcome = await call_with_packets(caller, packet_handler, method, packets)
        assert (outcome.result, outcome.response) == (result, response), packets
        assert packet_handler.connections == calls, packets


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_response_is_malformed_however_it_is_split(
    caller: Caller, packet_handler: PacketHandler, name: str
) -> None:
    for packets in splits(MALFORMED[name]):
        outcome = await call_with_packets(caller, packet_handler, "post", packets)
        assert (outcome.result, outcome.error) == (
            TEMPORARY,
            "malformed answer",
        ), packets


async def test_a_long_response_is_complete_however_it_is_split(
    caller: Caller, packet_handler: PacketHandler
) -> None:
    """It is longer than one read: reading pauses, and the stray bytes wait too."""
    body = bytes(range(32, 127)) * 6_000
    wire = whole(200, body) + STRAY

    for size in (len(wire), 65_536, 100_001):
        packets = [wire[at : at + size] for at in range(0, len(wire), size)]
        outcome = await call_with_packets(caller, packet_handler, "post", packets)
        assert (outcome.result, outcome.response) == (OK, body[:65_535].decode())
