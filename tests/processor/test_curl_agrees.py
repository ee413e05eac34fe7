"""Curl and we read the same bytes: the same status and the same body, or a reason.

The reasons are named here. We refuse what curl takes where its meaning is not certain:
a handler whose answer was refused is called again. The other way, to take what curl
refuses, could lose a failure, and that list is short.
"""

import asyncio
import itertools
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from sq_console.processor.http.transport.response_parser import ResponseParser
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)
from tests.loopback_server import LoopbackServer
from tests.processor.generated_responses import generated
from tests.processor.senders import make_sender, prepared

needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and "SQ_REQUIRE_SERVERS" not in os.environ,
    reason="no curl on this machine; .ci/run installs it",
)
Verdict = tuple[int, bytes] | str
"""Status and body, or why there are none."""

STRICTER = {
    "Invalid header token": "a header line that is none",
    "Missing expected LF after header value": "a carriage return in a header",
    "Expected LF after headers": "a carriage return before the body",
    "Expected LF after CR": "a carriage return in the status line",
    "Expected LF after chunk size": "a chunk's size ends with a bare line feed",
    "Invalid character in chunk size": "a chunk's size that is none",
    "Invalid status code": "a status of fewer than three digits",
    "Invalid response status": "a status of more than three digits",
    "Expected HTTP/, RTSP/ or ICE/": "bytes before HTTP/, or http/",
    "Expected dot": "HTTP/2 or HTTP/3 in a status line",
    "Invalid major version": "a version that is none",
    "Invalid character in Content-Length": "a length that is no number",
    "Content-Length overflow": "a length beyond 64 bits",
    "Duplicate Content-Length": "two lengths, even if they are equal",
    "Content-Length can't be present with Transfer-Encoding": "two framings",
    "Transfer-Encoding can't be present with Content-Length": "two framings",
    "a NUL byte in its head": "a NUL byte that curl has not seen yet",
    "in the middle of the answer": "the head is cut off",
}
"""What we refuse and curl takes: our words, and what they mean."""
LAXER = {
    "Unrecognized content encoding type": "a transfer coding that nobody knows: the"
    " body is what comes until the end of the connection",
}
"""What curl refuses and we take: its words, and what they mean."""
OTHERWISE = {
    b"identity": "a coding after chunked: to us it is unknown, and ends as such",
}
"""What both take, and read differently: what stands in the response."""


class WireServer(LoopbackServer):
    """Answers `/7` with response 7, and hangs up. Curl gets it whole: it gives some
    responses up when a packet ends at an unhappy place. We get it in two packets.
    """

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        wire = generated(int(request.split()[1][1:])).wire
        cuts = [] if b"curl" in request else [number % (len(wire) + 1)]
        for packet in _cut(wire, cuts):
            writer.write(packet)
            await asyncio.sleep(0)
        writer.write_eof()
        await reader.read()


def _cut(wire: bytes, cuts: Iterable[int]) -> list[bytes]:
    edges = [0, *cuts, len(wire)]
    return [wire[a:b] for a, b in itertools.pairwise(edges) if a < b]


def parsed(packets: Sequence[bytes]) -> Verdict:
    parser = ResponseParser("GET")
    try:
        if not any(parser.feed(packet) for packet in packets):
            parser.end()
    except (MalformedResponse, ConnectionEnded) as error:
        return str(error)
    response = parser.response()
    return response.status_code, response.body


async def received(url: str) -> Verdict:
    try:
        async with make_sender() as sender:
            response = await sender.send(prepared("GET", url))
    except (MalformedResponse, ConnectionEnded) as error:
        return str(error)
    return response.status_code, response.body


async def curls_verdicts(
    base: str, numbers: Sequence[int], folder: Path
) -> dict[int, Verdict]:
    """One curl reads many; some responses make it stop, and then another goes on."""
    verdicts: dict[int, Verdict] = {}
    while left := [number for number in numbers if number not in verdicts]:
        arguments = [
            argument
            for number in left
            for argument in (f"{base}{number}", "-o", str(folder / str(number)))
        ]
        curl = await asyncio.create_subprocess_exec(
            *("curl", "-q", "-s", "--http1.1", "--max-time", "20"),
            *("-w", "%{urlnum} %{exitcode} %{http_code} %{errormsg}\n"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await curl.communicate()
        assert printed, "curl says nothing"
        for line in printed.decode().splitlines():
            nth, code, status, why = line.split(" ", 3)
            body = folder / str(left[int(nth)])
            read = body.read_bytes() if body.exists() else b""
            verdicts[left[int(nth)]] = (int(status), read) if code == "0" else why
    return verdicts


def reason(wire: bytes, ours: Verdict, curls: Verdict) -> str | None:
    """Return the named reason for a difference; None if there is none."""
    if isinstance(ours, str):
        return STRICTER.get(ours)
    if isinstance(curls, str):
        return next((LAXER[key] for key in LAXER if key in curls), None)
    return next((OTHERWISE[key] for key in OTHERWISE if key in wire), None)


async def compare(numbers: range, folder: Path) -> None:
    """Each difference has a reason."""
    with WireServer() as server:
        base = f"http://127.0.0.1:{server.port}/"
        curls = await curls_verdicts(base, numbers, folder)
        for number in numbers:
            wire = generated(number).wire
            ours = parsed([wire])
            assert await received(f"{base}{number}") == ours, wire
            both_refuse = isinstance(ours, str) and isinstance(curls[number], str)
            if not both_refuse and ours != curls[number]:
                why = reason(wire, ours, curls[number])
                assert why, (number, wire, ours, curls[number])


@needs_curl
async def test_curl_reads_the_same_response(tmp_path: Path) -> None:
    await compare(range(60), tmp_path)


@pytest.mark.slow
@needs_curl
async def test_curl_reads_the_same_2000_responses(tmp_path: Path) -> None:
    await compare(range(2_000), tmp_path)


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("numbers", [range(40), range(40, 700), range(700, 1_400)])
def test_a_response_is_the_same_wherever_it_is_cut(numbers: range) -> None:
    for number in numbers:
        wire = generated(number).wire[:600]
        whole = parsed([wire])
        for at in range(1, len(wire)):
            assert parsed([wire[:at], wire[at:]]) == whole, (number, at)
        singly = [wire[at : at + 1] for at in range(len(wire))]
        assert parsed(singly) == whole, number
