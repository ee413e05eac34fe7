"""One send for each request, proof of what was sent, and no connection left behind."""

import asyncio
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sq_console.model import ResultCode
from sq_console.processor.http.caller import Caller
from sq_console.processor.http.transport.idle_connections import ASKED_AFTER_SECS
from sq_console.processor.http.transport.trust import create_tls_context
from tests.certificate_authority import Authority
from tests.handler import HandlerServer
from tests.loopback_server import LoopbackServer, reset
from tests.processor.claimed_jobs import (
    answering_sockets,
    call,
    calling_sockets,
    claimed,
    last_msg,
    notes,
)
from tests.processor.conftest import MakeCaller
from tests.raw_responses import whole
from tests.waiting import eventually, eventually_async

LONG = bytes(16_000_000)
NOTHING_SENT = "nothing of the request was sent"
PART_SENT = "only a part of the request was sent"


class EarlyServer(LoopbackServer):
    """Answers when it has the head of a request, and does not read the body."""

    def __init__(self, then: str) -> None:
        super().__init__(longest_line=1 << 20)
        self._then = then

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if self._then == "reads some and hangs up":
            await reader.readexactly(3_000_000)
        writer.write(whole(413, b"too long"))
        if self._then == "reset":
            await asyncio.sleep(0.02)
            reset(writer)
        elif self._then == "waits":
            await asyncio.Event().wait()


class BreakingServer(LoopbackServer):
    """Breaks the connection while a body is sent."""

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await reader.readexactly(2_000_000)
        reset(writer)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port of 127.0.0.2 that does not answer a SYN: its backlog is full."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.2", 0))
        listening.listen(0)
        address = listening.getsockname()
        filling = [socket.socket() for _ in range(3)]
        for each in filling:
            each.setblocking(False)
            each.connect_ex(address)
        yield address[1]
        for each in filling:
            each.close()


def dialled(monkeypatch: pytest.MonkeyPatch, addresses: list[str]) -> None:
    """Let every name have these addresses."""

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


async def test_a_connection_that_closed_while_idle_is_replaced(
    caller: Caller, handler: HandlerServer
) -> None:
    """The event loop has not seen the close yet: the socket is asked."""
    first = await call(caller, claimed(handler.url("/close-idle")))
    idle_since = time.monotonic()
    # These two hold this event loop up.
    eventually(lambda: handler.open_connections == 0)
    eventually(lambda: time.monotonic() > idle_since + ASKED_AFTER_SECS)

    second = await call(caller, claimed(handler.url("/ok"), id=8))

    assert (first.result, second.result) == (ResultCode.SUCCEEDED,) * 2
    assert handler.calls == {7: 1, 8: 1}
    assert handler.connections == 2


async def test_bytes_on_an_idle_connection_are_no_response(caller: Caller) -> None:
    stray = whole(503, b"not asked for")

    class StrayServer(LoopbackServer):
        strays = 0

        async def _serve_connection(
            self,
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            number: int,
        ) -> None:
            while await reader.readuntil(b"body"):
                writer.write(whole(200, b"ok"))
                await asyncio.sleep(0.02)
                writer.write(stray)
                StrayServer.strays += 1

    with StrayServer() as server:
        job = claimed(f"http://127.0.0.1:{server.port}/")
        for calls in (1, 2, 3):
            assert (await call(caller, job)).response == "ok"
            await eventually_async(lambda: StrayServer.strays == calls)  # noqa: B023
        assert server.connections == 3


@pytest.mark.parametrize("then", ["waits", "hangs up", "reset"])
async def test_an_early_answer_ends_the_call(caller: Caller, then: str) -> None:
    with EarlyServer(then) as server:
        job = claimed(f"http://127.0.0.1:{server.port}/", body=LONG)
        outcome = await call(caller, job)
        await eventually_async(lambda: calling_sockets(server.port) == 0)

    assert (outcome.error, outcome.response) == ("http 413", "too long")


@pytest.mark.slow
async def test_an_early_answer_is_not_lost_when_the_rest_cannot_be_sent(
    caller: Caller,
) -> None:
    with EarlyServer("reads some and hangs up") as server:
        job = claimed(f"http://127.0.0.1:{server.port}/", body=LONG)
        for _ in range(100):
            assert (await call(caller, job)).error == "http 413"


async def test_the_log_says_that_nothing_was_sent(
    caller: Caller, silent_port: int, handler: HandlerServer
) -> None:
    silent = claimed(f"http://127.0.0.2:{silent_port}/", timeout_secs=1)
    no_tls = claimed(handler.url().replace("http:", "https:"), timeout_secs=1)

    for outcome in await asyncio.gather(call(caller, silent), call(caller, no_tls)):
        assert last_msg(outcome) == "[JOBID 7] Job failed due to timeout"
        assert notes(outcome) == [NOTHING_SENT]


async def test_the_log_says_that_a_part_was_sent(
    caller: Caller, handler: HandlerServer
) -> None:
    job = claimed(handler.url("/unread"), body=LONG, timeout_secs=1)

    assert notes(await call(caller, job)) == [PART_SENT]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_nothing_more_is_sent_on_a_broken_connection(
    make_caller: MakeCaller,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    scheme: str,
) -> None:
    """asyncio would warn, in the middle of the console, of each piece."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    caller = await make_caller(tls=create_tls_context())
    tls = authority.server_tls() if scheme == "https" else None
    with BreakingServer(tls=tls) as server:
        job = claimed(f"{scheme}://127.0.0.1:{server.port}/", body=LONG)
        for _ in range(8):
            outcome = await call(caller, job)
            assert outcome.error in {"connection reset", "connection closed"}
            assert notes(outcome) == [PART_SENT]

    assert caplog.messages == []


@pytest.mark.mostly_slow(3)
@pytest.mark.parametrize("path", ["/close", "/reset", "/short", "/silent", "/stall"])
async def test_the_log_says_nothing_when_the_handler_may_have_it_all(
    caller: Caller, handler: HandlerServer, path: str
) -> None:
    outcome = await call(caller, claimed(handler.url(path), timeout_secs=1))

    assert outcome.result is ResultCode.TEMPORARY
    assert notes(outcome) == []


async def test_the_next_address_is_dialled_when_one_refuses(
    caller: Caller, handler: HandlerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled(monkeypatch, ["127.0.0.9", "::1", "127.0.0.8", "127.0.0.1"])

    outcome = await call(caller, claimed(handler.url("/ok", host="some.example")))

    assert outcome.result is ResultCode.SUCCEEDED
    await eventually_async(lambda: calling_sockets(handler.port) == 1)


async def test_a_silent_address_does_not_hold_up_the_next_one(
    caller: Caller, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled(monkeypatch, ["127.0.0.2", "127.0.0.1"])

    before = calling_sockets(silent_port)

    with HandlerServer(silent_port) as handler:
        outcome = await call(caller, claimed(handler.url("/ok", host="some.example")))
        await eventually_async(lambda: calling_sockets(silent_port) == before + 1)

    assert outcome.result is ResultCode.SUCCEEDED


async def test_every_address_refuses(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled(monkeypatch, ["127.0.0.9", "::1"])

    outcome = await call(caller, claimed("http://some.example:1/"))

    assert outcome.error == "connection refused"


async def test_ipv6_is_called(caller: Caller) -> None:
    with HandlerServer(host="::1") as handler:
        outcome = await call(caller, claimed(handler.url("/ok", host="[::1]")))

        assert outcome.result is ResultCode.SUCCEEDED
        assert handler.requests[0].headers["host"] == f"[::1]:{handler.port}"


@pytest.mark.slow
@pytest.mark.parametrize("with_tls", [False, True])
async def test_1000_calls_cancelled_at_any_moment_leave_no_socket(
    make_caller: MakeCaller,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_tls: bool,
) -> None:
    """At the dial, while the body is sent, before, in and after the response."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    caller = await make_caller(tls=create_tls_context())
    chance = random.Random(7)
    paths = ["/ok", "/silent", "/unread", "/drip-head", "/drip-body", "/long?bytes=900"]
    called: Counter[bool] = Counter()
    with HandlerServer(tls=authority.server_tls() if with_tls else None) as handler:
        for _ in range(20):
            jobs = [
                claimed(
                    handler.url(chance.choice(paths)),
                    body=bytes(chance.choice((4, 400_000))),
                )
                for _ in range(50)
            ]
            calls = [asyncio.create_task(caller.call(job)) for job in jobs]
            for pending in calls:
                await asyncio.sleep(chance.choice((0, 0, 0.001, 0.002)))
                pending.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            called.update(pending.cancelled() for pending in calls)
        await caller.aclose()

        assert calling_sockets(handler.port) == 0
        handler.answer_held()
        await eventually_async(lambda: handler.open_connections == 0)
        await eventually_async(lambda: answering_sockets(handler.port) == 0)
    assert min(called[True], called[False]) > 20
