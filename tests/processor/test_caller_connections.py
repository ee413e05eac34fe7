"""Connections: jobs share them and nothing else, no request is sent twice, and each
connection is freed.
"""

import asyncio
import random

import pytest

from sq_console.config import ProcessorSettings, Settings
from sq_console.model import Outcome, ResultCode
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import SQLITE, UUID, call, calling_sockets, claimed
from tests.processor.conftest import MakeCaller
from tests.waiting import eventually_async


async def test_a_connection_serves_many_jobs(
    caller: Caller, handler: HandlerServer
) -> None:
    for path in ["/ok", "/empty", "/status/500", "/status/204", "/long?bytes=70000"]:
        await call(caller, claimed(handler.url(path)))

    assert handler.connections == 1


async def test_no_cookie_goes_from_one_job_to_the_next(
    caller: Caller, handler: HandlerServer
) -> None:
    setting = handler.url("/answer?header=Set-Cookie:a%3Db;Path%3D/", host="localhost")
    await call(caller, claimed(setting))

    await call(caller, claimed(handler.url("/ok", host="localhost"), id=8))

    assert "cookie" not in handler.requests[1].headers
    assert {request.connection for request in handler.requests} == {1}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
async def test_nothing_is_sent_again_when_a_reused_connection_closes(
    caller: Caller, handler: HandlerServer, method: str
) -> None:
    job = claimed(handler.url("/close-next"), http_method=method)
    await call(caller, job)

    outcome = await call(caller, job)

    assert (outcome.result, outcome.error) == (
        ResultCode.TEMPORARY,
        "connection closed",
    )
    assert [request.connection for request in handler.requests] == [1, 1]


async def test_a_handler_that_closes_idle_connections_is_never_called_twice(
    caller: Caller, handler: HandlerServer
) -> None:
    for number in range(1, 201):
        outcome = await call(caller, claimed(handler.url("/close-idle"), id=number))
        assert outcome.result is not ResultCode.PERMANENT

    assert max(handler.calls.values()) == 1


async def test_more_than_a_hundred_calls_are_in_flight_at_once(
    caller: Caller, handler: HandlerServer
) -> None:
    jobs = [
        claimed(handler.url("/held"), id=number, timeout_secs=20)
        for number in range(150)
    ]
    calls = [asyncio.create_task(caller.call(job)) for job in jobs]

    await eventually_async(lambda: len(handler.requests) == 150)
    handler.answer_held()

    for outcome in await asyncio.gather(*calls):
        assert outcome.result is ResultCode.SUCCEEDED


async def test_a_slow_handler_does_not_delay_quick_ones(
    caller: Caller, handler: HandlerServer
) -> None:
    held = asyncio.create_task(caller.call(claimed(handler.url("/held"))))
    await eventually_async(lambda: handler.requests)

    for _ in range(20):
        await call(caller, claimed(handler.url("/ok")))

    assert not held.done()
    handler.answer_held()
    assert (await held).result is ResultCode.SUCCEEDED


async def test_a_cancelled_call_closes_its_connection(
    caller: Caller, handler: HandlerServer
) -> None:
    pending = asyncio.create_task(caller.call(claimed(handler.url("/silent"))))
    await eventually_async(lambda: handler.requests)

    pending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await pending
    await eventually_async(lambda: handler.open_connections == 0)


async def test_500_cancelled_calls_leave_no_connection_open(
    caller: Caller, handler: HandlerServer
) -> None:
    chance = random.Random(7)
    paths = ["/silent", "/held", "/drip-head", "/drip-body", "/stall", "/slow?secs=9"]

    for _ in range(10):
        calls = [
            asyncio.create_task(caller.call(claimed(handler.url(chance.choice(paths)))))
            for _ in range(50)
        ]
        for pending in calls:
            asyncio.get_running_loop().call_later(
                chance.uniform(0, 0.05), pending.cancel
            )
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended)

    assert calling_sockets(handler.port) == 0
    after = [caller.call(claimed(handler.url("/ok"))) for _ in range(50)]
    found: list[Outcome] = await asyncio.gather(*after)
    assert {outcome.result for outcome in found} == {ResultCode.SUCCEEDED}


async def test_a_peer_that_does_not_read_cannot_keep_the_connection(
    caller: Caller, handler: HandlerServer
) -> None:
    job = claimed(handler.url("/unread"), body=bytes(16_000_000), timeout_secs=1)

    outcome = await call(caller, job)

    assert outcome.error == "timeout"
    await eventually_async(lambda: calling_sockets(handler.port) == 0)


async def test_a_call_that_is_not_allowed_any_more_is_not_sent_on_its_connection(
    handler: HandlerServer,
) -> None:
    """As when the processor was suspended while the connection was being made."""
    caller = Caller(Settings(SQLITE), UUID)
    allowed = [True]
    await caller.open(lambda: allowed[0])
    await call(caller, claimed(handler.url("/ok")))

    allowed[0] = False
    calls = [
        asyncio.create_task(caller.call(claimed(handler.url("/ok")))) for _ in range(2)
    ]
    ended = await asyncio.gather(*calls, return_exceptions=True)

    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    await eventually_async(lambda: handler.open_connections == 0)
    assert (handler.connections, len(handler.requests)) == (2, 1)
    allowed[0] = True
    assert (await call(caller, claimed(handler.url("/ok")))).response == "ok"
    await caller.aclose()


@pytest.mark.parametrize("body", [b"x", bytes(300_000)])
async def test_a_suspend_before_the_request_is_written_sends_nothing(
    handler: HandlerServer, body: bytes
) -> None:
    """The caller asks in the very step that writes: a suspend cannot come between."""
    caller = Caller(Settings(SQLITE), UUID)
    await caller.open(lambda: False)

    pending = asyncio.create_task(caller.call(claimed(handler.url("/ok"), body=body)))
    (ended,) = await asyncio.gather(pending, return_exceptions=True)

    assert isinstance(ended, asyncio.CancelledError)
    await eventually_async(lambda: handler.connections == 1)
    await eventually_async(lambda: handler.open_connections == 0)
    assert handler.requests == []
    await caller.aclose()


async def test_calls_to_many_hosts_leave_few_connections_open(
    make_caller: MakeCaller, handler: HandlerServer
) -> None:
    caller = await make_caller(processor=ProcessorSettings(concurrency=5))
    for number in range(20):
        url = handler.url("/ok", host=f"host-{number}.localhost")
        await call(caller, claimed(url))
    await eventually_async(lambda: calling_sockets(handler.port) <= 10)

    for number in range(10, 20):
        url = handler.url("/ok", host=f"host-{number}.localhost")
        await call(caller, claimed(url))
    assert handler.connections == 20


async def test_nothing_is_kept_of_hosts_that_are_not_called_any_more(
    caller: Caller, handler: HandlerServer
) -> None:
    idle = caller._sender._idle
    for path in ("/ok", "/close"):
        for number in range(5):
            url = handler.url(path, host=f"host-{number}.localhost")
            await call(caller, claimed(url))
    assert idle._by_origin

    await eventually_async(lambda: not idle._by_origin and not idle._origins)


async def test_where_a_request_was_lost_no_connection_is_kept_for_a_while(
    caller: Caller, handler: HandlerServer
) -> None:
    """Some servers close without a word when they have answered."""
    for path in ("/close-next", "/close-next", "/ok", "/ok"):
        await call(caller, claimed(handler.url(path)))
    other_host = handler.url("/ok", host="localhost")
    for _ in range(3):
        await call(caller, claimed(other_host))

    used = [request.connection for request in handler.requests]
    assert used == [1, 1, 2, 3, 4, 4, 4]
    await eventually_async(lambda: calling_sockets(handler.port) <= 1)
