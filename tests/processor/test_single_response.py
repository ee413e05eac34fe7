"""The outcome of a call does not depend on how packets fall, and what follows a
complete answer belongs to nobody. Each answer is cut in two at every byte, and into
single bytes.
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

ALONE = {
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
"""In order: the connection may serve the next call."""
FOLLOWED = {
    **{
        f"{name}, then {stray[:5]!r}": (method, wire + stray, result, response)
        for name, (method, wire, result, response) in ALONE.items()
        for stray in (STRAY, ANOTHER, b"\x00")
    },
    "HEAD with a body": ("head", whole(200, b"hello"), OK, ""),
    "HEAD with chunks": ("head", PARTS, OK, ""),
    "204 with a body": ("post", head(204, LENGTH) + b"hello", PERMANENT, ""),
    "204 with chunks": ("post", head(204, CHUNKED) + PARTS, PERMANENT, ""),
    "304 with a body": ("get", head(304, LENGTH) + b"hello", PERMANENT, ""),
    "304 with the length of what it stands for": (
        "get",
        head(304, LENGTH),
        PERMANENT,
        "",
    ),
}
"""Judged, and the connection is done with."""
MALFORMED = {
    "chunk": head(200, CHUNKED) + b"2\r\nok\r\nzz\r\nok\r\n",
    "length": head(200, {"Content-Length": "-2"}) + b"ok",
    "lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "line": b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
}


class Dripping:
    """A handler on the loop of its caller, which sends what it was given in so many
    packets, and leaves it to the caller to close.
    """

    def __init__(self) -> None:
        self.packets: Sequence[bytes] = ()
        self.connections = 0
        self.said_all = asyncio.Event()

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        port = self._listening.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"

    def close(self) -> None:
        self._listening.close()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                if b"Content-Length: 4" in asked:
                    await reader.readexactly(4)
                for packet in self.packets:
                    writer.write(packet)
                    await turns()
                self.said_all.set()
        except (OSError, asyncio.IncompleteReadError):
            self.said_all.set()
        finally:
            writer.close()


async def turns() -> None:
    """The caller reads what was sent, or goes on with what it read."""
    for _ in range(4):
        await asyncio.sleep(0)


@pytest.fixture
async def dripping() -> AsyncIterator[Dripping]:
    handler = Dripping()
    await handler.open()
    yield handler
    handler.close()


def cuts(wire: bytes) -> Iterator[list[bytes]]:
    yield [wire]
    yield from ([wire[:at], wire[at:]] for at in range(1, len(wire)))
    yield [wire[at : at + 1] for at in range(len(wire))]


async def answered(
    caller: Caller, handler: Dripping, method: str, packets: Sequence[bytes]
) -> Outcome:
    handler.packets = packets
    handler.said_all.clear()
    outcome = await call(caller, claimed(handler.url, http_method=method))
    await handler.said_all.wait()
    await turns()
    return outcome


@pytest.mark.parametrize("name", ALONE)
async def test_an_answer_is_the_same_however_it_is_cut(
    caller: Caller, dripping: Dripping, name: str
) -> None:
    method, wire, result, response = ALONE[name]

    for packets in cuts(wire):
        outcome = await answered(caller, dripping, method, packets)
        assert (outcome.result, outcome.response) == (result, response), packets

    assert dripping.connections == 1


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize("name", FOLLOWED)
async def test_what_follows_an_answer_changes_nothing_and_ends_the_connection(
    caller: Caller, dripping: Dripping, name: str
) -> None:
    method, wire, result, response = FOLLOWED[name]

    for calls, packets in enumerate(cuts(wire), 1):
        outcome = await answered(caller, dripping, method, packets)
        assert (outcome.result, outcome.response) == (result, response), packets
        assert dripping.connections == calls, packets


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_answer_is_none_however_it_is_cut(
    caller: Caller, dripping: Dripping, name: str
) -> None:
    for packets in cuts(MALFORMED[name]):
        outcome = await answered(caller, dripping, "post", packets)
        assert (outcome.result, outcome.error) == (
            TEMPORARY,
            "malformed answer",
        ), packets


async def test_an_answer_of_some_length_is_whole_however_it_is_cut(
    caller: Caller, dripping: Dripping
) -> None:
    """Longer than what is read at once: reading pauses, and what follows waits too."""
    body = bytes(range(32, 127)) * 6_000
    wire = whole(200, body) + STRAY

    for size in (len(wire), 65_536, 100_001):
        packets = [wire[at : at + size] for at in range(0, len(wire), size)]
        outcome = await answered(caller, dripping, "post", packets)
        assert (outcome.result, outcome.response) == (OK, body[:65_535].decode())
