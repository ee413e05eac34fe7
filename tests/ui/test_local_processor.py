"""The processor in the console: what is said of it, and P, q and ctrl+c."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sq_console.config import ProcessorSettings
from sq_console.model import JobState
from sq_console.processor.thread import ProcessorThread
from tests.handler import HandlerServer
from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = pytest.mark.mostly_slow(5)


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    """A real server on loopback."""
    with HandlerServer() as server:
        yield server


@asynccontextmanager
async def processing(
    queue: Queue, size: tuple[int, int] = (80, 24), *, defer: bool = False
) -> AsyncIterator[Console]:
    """The console with a processor of its own."""
    few = ProcessorSettings(concurrency=4, drain_secs=5)
    queue.settings = replace(queue.settings, processor=few)
    thread = ProcessorThread(queue.settings, defer_to_others=defer)
    try:
        async with running(queue, size, processor=thread) as console:
            yield console
    finally:
        thread.stop()
        assert thread.join(10)


async def test_it_processes_and_the_header_says_so(
    queue: Queue, handler: HandlerServer
):
    job = queue.pending(handler.url("/ok"))
    async with processing(queue) as console:
        await console.shows("RUNNING")
        await console.until(lambda: queue.state(job) is JobState.SUCCEEDED)
    assert handler.calls[job] == 1


async def test_it_starts_paused_when_another_is_alive_and_P_joins(
    queue: Queue, handler: HandlerServer
):
    job = queue.pending(handler.url("/ok"))
    async with processing(queue, (120, 24), defer=True) as console:
        await console.shows("WATCHING")
        await console.shows("P join in")
        assert queue.state(job) is JobState.PENDING

        await console.press("P")

        await console.until(lambda: queue.state(job) is JobState.SUCCEEDED)
        await console.shows("RUNNING")


async def test_P_pauses_after_a_question_and_resumes_without(queue: Queue):
    async with processing(queue) as console:
        await console.shows("RUNNING")
        await console.press("P")
        await console.shows("Pause the processor here?")
        await console.press("y")
        await console.shows("PROCESSOR PAUSED: by ops@web1 - P resumes")

        await console.press("P")
        await console.hides("PROCESSOR PAUSED")
        await console.shows("RUNNING")


async def test_a_console_without_a_processor_says_so(queue: Queue):
    async with running(queue) as console:
        assert "WATCHING" in console.text
        await console.press("P")
        await console.toasts("this console only watches")


async def test_nobody_processing_while_jobs_are_due_is_the_verdict(queue: Queue):
    queue.store.session.execute("DELETE FROM queued_job_processor")
    queue.pending()
    async with running(queue) as console:
        await console.shows("STUCK: 1 due, no processor alive")


async def test_quitting_asks_while_calls_are_in_flight(
    queue: Queue, handler: HandlerServer
):
    job = queue.pending(handler.url("/silent"))
    async with processing(queue) as console:
        await console.until(lambda: handler.calls[job])
        await console.shows("running 1/54")
        await console.press("q")
        await console.shows("The processor of this console has 1 call in flight")
        await console.press("escape")
        assert console.main.is_active

        await console.press("q")
        await console.shows("Quit?")
        await console.press("s")
        await console.until(lambda: not console.app.is_running)
    assert queue.state(job) is JobState.PENDING


async def test_draining_finishes_what_is_in_flight_and_then_quits(
    queue: Queue, handler: HandlerServer
):
    job = queue.pending(handler.url("/slow?secs=3"))
    async with processing(queue) as console:
        await console.until(lambda: handler.calls[job])
        await console.shows("running 1/54")
        await console.press("q")
        await console.shows("Quit?")
        await console.press("d")
        await console.shows("DRAINING, 1 call to end, then this console quits")
        await console.until(lambda: not console.app.is_running)
    assert queue.state(job) is JobState.SUCCEEDED


async def test_ctrl_q_asks_once_and_stops_what_is_draining(
    queue: Queue, handler: HandlerServer
):
    """Asked again while draining, and left there, the console did not end any more."""
    job = queue.pending(handler.url("/silent"))
    async with processing(queue) as console:
        await console.until(lambda: handler.calls[job])
        await console.shows("running 1/54")
        await console.press("ctrl+q", "ctrl+q")
        await console.shows("Quit?")
        await console.press("escape")
        assert console.main.is_active

        await console.press("q", "d")
        await console.shows("DRAINING, 1 call to end")
        await console.press("ctrl+q")
        await console.until(lambda: not console.app.is_running)
    assert queue.state(job) is JobState.PENDING


@pytest.mark.slow
async def test_ctrl_c_twice_drains_without_asking(queue: Queue, handler: HandlerServer):
    job = queue.pending(handler.url("/slow?secs=3"))
    async with processing(queue) as console:
        await console.until(lambda: handler.calls[job])
        await console.shows("running 1/54")
        await console.press("ctrl+c", "ctrl+c")
        await console.until(lambda: not console.app.is_running)
    assert queue.state(job) is JobState.SUCCEEDED


async def test_esc_never_quits(queue: Queue):
    async with running(queue) as console:
        await console.press(*["escape"] * 5)
        assert console.app.is_running
        assert console.main.is_active


async def test_a_processor_that_ended_by_itself_shows_a_banner(queue: Queue):
    async with processing(queue) as console:
        await console.shows("RUNNING")
        console.app.local_processor.abort()
        await console.shows("PROCESSOR ENDED: it was told to")


async def test_at_80_columns_the_hosts_are_hinted_at_before_its_pause(queue: Queue):
    """They are on the way out of an emergency."""
    queue.failed()
    async with processing(queue) as console:
        await console.press("3")
        hints = console.text.splitlines()[-1]
        assert "h hosts" in hints
        assert "P pause" not in hints
