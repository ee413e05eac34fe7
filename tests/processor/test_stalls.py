"""What a processor's status says when a part of it stands still."""

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.config import ProcessorSettings, Settings
from sq_console.errors import StoreUnavailable
from sq_console.model import ProcessorState
from sq_console.processor.events import Event, ProcessorStarted
from sq_console.processor.stalls.lane_watches import LaneWatch
from sq_console.processor.status import Times
from sq_console.processor.thread import ProcessorThread
from sq_console.store import Store
from sq_console.store.lane import StoreLane
from tests.processor.run_processor import processing
from tests.waiting import eventually, eventually_async

SHORT = Times(loop_stall=0.3, lane_stall=0.3)


def test_an_event_loop_that_stands_still_is_named_until_it_goes_on(
    store: Store, store_settings: Any
) -> None:
    go_on = threading.Event()

    def emit(event: Event) -> None:
        if isinstance(event, ProcessorStarted):
            go_on.wait(60)

    settings = Settings(store_settings, processor=ProcessorSettings(poll_ms=20))
    thread = ProcessorThread(settings, emit=emit, times=SHORT)
    thread.start()
    try:
        stalled = eventually(lambda: thread.status().stalled)
        go_on.set()
        eventually(lambda: thread.status().stalled is None)
    finally:
        go_on.set()
        thread.stop()
        thread.join()
    assert "the event loop has not moved for" in stalled


@pytest.mark.parametrize("name", ["claim", "record", "heartbeat"])
def test_a_lane_whose_thread_hangs_is_named(store_settings: Any, name: str) -> None:
    go_on = threading.Event()
    with processing(store_settings, times=SHORT) as thread:
        try:
            eventually(lambda: thread.status().state is ProcessorState.RUNNING)
            processor: Any = thread._processor
            lane = getattr(processor._connections, name)
            call = lane.run(lambda _: go_on.wait(60))
            asyncio.run_coroutine_threadsafe(call, thread._loop)  # type: ignore[arg-type]
            stalled = eventually(lambda: thread.status().stalled)
        finally:
            go_on.set()
        eventually(lambda: thread.status().stalled is None)
    assert f"the {name} lane has not moved for" in stalled


async def test_a_lane_that_fails_moves_with_each_try() -> None:
    """As in an outage of the database."""

    def away() -> Store:
        raise StoreUnavailable("away")

    lane = StoreLane(away, "test")
    for _ in range(3):
        before = lane.moved_at
        with pytest.raises(StoreUnavailable):
            await lane.run(lambda _: None)
        await eventually_async(lambda before=before: lane.moved_at > before)  # type: ignore[misc]
    lane.shut_down()


async def test_a_long_call_moves_with_each_of_its_statements() -> None:
    session = SimpleNamespace(stepped_at=0.0)
    store: Any = SimpleNamespace(session=session, close=lambda: None)
    lane = StoreLane(lambda: store, "test")
    go_on = threading.Event()
    watch = LaneWatch("record", lane, SHORT)
    call = asyncio.create_task(lane.run(lambda _: go_on.wait(60)))
    await eventually_async(lambda: watch.stalled)

    session.stepped_at = lane.moved_at + 1_000

    assert watch.stalled is None
    go_on.set()
    await call
    lane.shut_down()


async def test_a_lane_without_work_may_rest() -> None:
    lane = StoreLane(lambda: pytest.fail("nobody calls"), "test")
    works = False
    watch = LaneWatch("claim", lane, Times(lane_stall=0.05), lambda: works)
    resting = LaneWatch("record", lane, Times(lane_stall=0.05))
    works = True

    await eventually_async(lambda: watch.stalled)

    assert resting.stalled is None
    watch.moved()
    assert watch.stalled is None
