"""Deadlines that share one timer end what they should, and nothing else."""

import asyncio
import contextlib
import time

import pytest

from sq_console.processor.http.timer_wheel import TICK_SECS, TimerWheel


async def overslept(deadlines: TimerWheel, secs: float) -> float:
    """How long after its deadline a sleeper was woken."""
    began = time.monotonic()
    deadline = deadlines.deadline(secs)
    with pytest.raises(TimeoutError), deadline:
        await asyncio.sleep(60)
    assert deadline.expired
    return time.monotonic() - began - secs


async def test_each_ends_when_its_own_time_is_over_and_never_before() -> None:
    deadlines = TimerWheel()
    times = [0.01, 0.05, 0.1, 0.1, 0.27]
    late = await asyncio.gather(*(overslept(deadlines, secs) for secs in times))
    assert min(late) >= 0
    assert max(late) <= 0.5


async def test_what_is_over_in_time_is_left_alone() -> None:
    deadlines = TimerWheel()
    with deadlines.deadline(0.02) as deadline:
        pass
    await asyncio.sleep(0.1)  # a late blow would hit here
    assert not deadline.expired


async def test_nothing_ticks_when_nothing_is_called() -> None:
    deadlines = TimerWheel()
    with deadlines.deadline(60):
        await asyncio.sleep(2.5 * TICK_SECS)
        assert deadlines._timer is not None
    await asyncio.sleep(2.5 * TICK_SECS)
    assert deadlines._timer is None
    assert await overslept(deadlines, 0.02) >= 0


async def test_errors_of_the_call_come_through() -> None:
    with pytest.raises(ValueError, match="ours"), TimerWheel().deadline(60):
        raise ValueError("ours")


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    deadlines = TimerWheel()

    async def call() -> None:
        with deadlines.deadline(60):
            await asyncio.sleep(60)

    killed = asyncio.create_task(call())
    await asyncio.sleep(0)
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed


async def test_who_is_killed_at_its_deadline_is_killed() -> None:
    deadlines = TimerWheel()

    async def call() -> None:
        with deadlines.deadline(0.01) as deadline:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                assert deadline.expired
                await asyncio.sleep(60)  # some await a little more in between

    task = asyncio.create_task(call())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_deadline_that_was_survived_leaves_no_cancellation_behind() -> None:
    deadlines = TimerWheel()
    swallowed = contextlib.suppress(asyncio.CancelledError)
    with deadlines.deadline(0.01) as deadline, swallowed:
        await asyncio.sleep(60)  # the answer comes at this very moment
    assert deadline.expired
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)
