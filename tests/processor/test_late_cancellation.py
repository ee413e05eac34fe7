"""A response that is complete stands, though its call is cancelled in the same turn of
the event loop: the handler is not called again for a job it has done.
"""

import asyncio
import time

from sq_console.model import Outcome, ResultCode
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import calling_sockets, claimed
from tests.waiting import eventually, eventually_async


async def called(caller: Caller, handler: HandlerServer) -> "asyncio.Task[Outcome]":
    """A call in flight, of a handler that will answer soon."""
    job = claimed(handler.url("/held"), timeout_secs=1)
    calling = asyncio.create_task(caller.call(job))
    await eventually_async(lambda: handler.requests)
    return calling


def hold_up(handler: HandlerServer, secs: float) -> None:
    """Hold up this event loop while *handler* answers."""
    handler.answer_held()
    until = time.monotonic() + secs
    eventually(lambda: time.monotonic() > until)


async def test_a_deadline_that_meets_an_answer_is_no_timeout(
    caller: Caller, handler: HandlerServer
) -> None:
    calling = await called(caller, handler)
    hold_up(handler, 1.2)

    outcome = await calling

    assert (outcome.result, outcome.response) == (ResultCode.SUCCEEDED, "let go")
    await eventually_async(lambda: calling_sockets(handler.port) == 0)


async def test_a_kill_that_meets_an_answer_comes_too_late(
    caller: Caller, handler: HandlerServer
) -> None:
    calling = await called(caller, handler)
    # Timers come after what was received, in a turn of the event loop.
    asyncio.get_running_loop().call_later(0, calling.cancel)
    hold_up(handler, 0.2)

    assert (await calling).result is ResultCode.SUCCEEDED
