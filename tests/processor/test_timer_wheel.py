"""Deadlines that share one timer: each cancels its own block, and nothing else."""

import asyncio
import contextlib
import time

import pytest

from sq_console.processor.http.timer_wheel import TICK_SECS, TimerWheel


async def secs_late(deadlines: TimerWheel, secs: float) -> float:
    """Return how long after its deadline a sleeping task was cancelled."""
    began = time.monotonic()
    deadline = deadlines.deadline(secs)
    with pytest.raises(TimeoutError), deadline:
        await asyncio.sleep(60)
    assert deadline.expired
    return time.monotonic() - began - secs


async def test_each_deadline_expires_at_its_own_time_and_never_before() -> None:
    deadlines = TimerWheel()
    times = [0.01, 0.05, 0.1, 0.1, 0.27]
    late = await asyncio.gather(*(secs_late(deadlines, secs) for secs in times))
    assert min(late) >= 0
    assert max(late) <= 0.5


async def test_a_block_that_ends_in_time_is_not_cancelled_later() -> None:
    deadlines = TimerWheel()
    with deadlines.deadline(0.02) as deadline:
        pass
    await asyncio.sleep(0.1)  # a late cancellation would arrive here
    assert not deadline.expired


async def test_the_timer_stops_when_no_deadline_is_pending() -> None:
    deadlines = TimerWheel()
    with deadlines.deadline(60):
        await asyncio.sleep(2.5 * TICK_SECS)
        assert deadlines._timer is not None
    await asyncio.sleep(2.5 * TICK_SECS)
    assert deadlines._timer is None
    assert await secs_late(deadlines, 0.02) >= 0


async def test_an_error_of_the_block_is_raised_unchanged() -> None:
    with pytest.raises(ValueError, match="ours"), TimerWheel().deadline(60):
        raise ValueError("ours")


async def test_a_cancellation_from_elsewhere_stays_a_cancellation() -> None:
    deadlines = TimerWheel()

    async def call() -> None:
        with deadlines.deadline(60):
            await asyncio.sleep(60)

    killed = asyncio.create_task(call())
    await asyncio.sleep(0)
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed


async def test_a_task_cancelled_after_its_deadline_ends_cancelled() -> None:
    deadlines = TimerWheel()

    async def call() -> None:
        with deadlines.deadline(0.01) as deadline:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                assert deadline.expired
                await asyncio.sleep(60)  # some code awaits once more before it ends

    task = asyncio.create_task(call())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_suppressed_deadline_leaves_the_task_uncancelled() -> None:
    deadlines = TimerWheel()
    swallowed = contextlib.suppress(asyncio.CancelledError)
    with deadlines.deadline(0.01) as deadline, swallowed:
        await asyncio.sleep(60)  # the response arrives at this very moment
    assert deadline.expired
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)
