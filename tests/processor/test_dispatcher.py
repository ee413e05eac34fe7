"""Calls are started only by a processor whose claims are still its own."""

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
from sq_console.processor.registration import Registration
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.wakeups import PollTimer
from tests.processor.claimed_jobs import claimed


class UnansweredCaller:
    """A caller whose handler never answers."""

    def __init__(self) -> None:
        self.called: list[int] = []

    def opening(self, job: ClaimedJob) -> outcomes.Log:
        return outcomes.opening(job, job.timeout_secs)

    async def call(self, job: ClaimedJob, log: object) -> Outcome:
        self.called.append(job.id)
        await asyncio.Event().wait()
        raise AssertionError


async def test_jobs_that_waited_through_a_suspend_are_not_called() -> None:
    """The first answer after it frees a slot; the fence comes later, and drops the jobs
    that wait.
    """
    now = [1_000.0]
    times = Times()
    registration = Registration("web1:7", 1, times, ignore, lambda: now[0])
    slots, caller = Slots(1, 1), UnansweredCaller()
    lane: Any = None
    stats = StatsWriter(registration, lane, ignore)
    dispatcher = Dispatcher(
        registration,
        slots,
        caller,  # type: ignore[arg-type]
        Outbox(lane, StoreHealth(ignore), ignore, stats),
        InputPriority(),
        PollTimer(1_000),
        ignore,
    )
    slots.add([claimed("http://h/", id=1), claimed("http://h/", id=2)])
    dispatcher.dispatch()
    await asyncio.sleep(0)

    now[0] += times.fence
    dispatcher.abort()
    await asyncio.sleep(0.01)

    assert caller.called == [1]
    assert [job.id for job in dispatcher.take_aborted()] == [1]
    assert [job.id for job in slots.take_waiting()] == [2]
