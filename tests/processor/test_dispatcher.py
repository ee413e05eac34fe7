"""Calls are started only by who may believe that the claims are still its own."""

import asyncio
from typing import Any

from sq_console.model import ClaimedJob, Outcome
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.capacity.slots import Slots
from sq_console.processor.events import ignore
from sq_console.processor.http import outcomes
from sq_console.processor.pipeline.dispatcher import Dispatcher
from sq_console.processor.pipeline.outbox import Outbox
from sq_console.processor.pipeline.stats_writer import StatsWriter
from sq_console.processor.store_health import StoreHealth
from tests.processor.claimed_jobs import claimed


class Silent:
    """A caller whose handler never answers."""

    def __init__(self) -> None:
        self.called: list[int] = []

    def opening(self, job: ClaimedJob) -> outcomes.Log:
        return outcomes.opening(job, job.timeout_secs)

    async def call(self, job: ClaimedJob, log: object) -> Outcome:
        self.called.append(job.id)
        await asyncio.Event().wait()
        raise AssertionError


async def test_jobs_that_waited_through_a_standstill_are_not_called() -> None:
    """A slot is freed by the first answer that comes after it; the fence comes later,
    and takes what waits.
    """
    alive = [True]
    slots, caller = Slots(1, 1), Silent()
    lane: Any = None
    counting = StatsWriter(lane, ignore, lambda: 7)
    outbox = Outbox(lane, StoreHealth(ignore), ignore, counting)
    calls = Dispatcher(
        slots,
        caller,  # type: ignore[arg-type]
        outbox,
        InputPriority(),
        ignore,
        lambda: alive[0],
        lambda: 7,
        lambda: None,
    )
    slots.add([claimed("http://h/", id=1), claimed("http://h/", id=2)])
    calls.dispatch()
    await asyncio.sleep(0)

    alive[0] = False
    calls.abort()
    await asyncio.sleep(0.01)

    assert caller.called == [1]
    assert [job.id for job in calls.take_aborted()] == [1]
    assert [job.id for job in slots.take_waiting()] == [2]
