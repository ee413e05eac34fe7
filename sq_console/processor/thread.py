"""The processor as a thread: a plain thread with its own event loop, driven from
outside by a few calls.

The thread waits for no screen and calls no screen: a screen pulls its status. All
methods may be called from any thread, before the start and after the end.
"""

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from sq_console.config import Settings
from sq_console.errors import SQConsoleError, StoreUnavailable
from sq_console.model import Listening, ProcessorState
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.connections import Connections
from sq_console.processor.events import Emit, ProcessorStopped, ignore
from sq_console.processor.http.caller import Caller
from sq_console.processor.processor import Processor
from sq_console.processor.stalls.loop_watch import LoopWatch
from sq_console.processor.status import Goal, RunPlan, Status, Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.store_wait import StartCancelled, StoreWait
from sq_console.store import Store
from sq_console.store import open_store as open_configured_store

_Request = Callable[[Processor], None]


class ProcessorThread:
    """One processor in one thread; see `RunPlan` for *goal*, *defer_to_others* and
    *due_by*.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        emit: Emit = ignore,
        goal: Goal = Goal.SERVE,
        defer_to_others: bool = False,
        due_by: datetime | None = None,
        open_store: Callable[[], Store] | None = None,
        times: Times = Times(),  # noqa: B008 - frozen
        name: str = "",
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._plan = RunPlan(goal, due_by, defer_to_others)
        # A schema that changes later must not keep outcomes from being recorded.
        self._open_store = open_store or partial(
            open_configured_store, settings.db, any_schema=True
        )
        self._times = times
        self._input_priority = InputPriority()
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._lock = threading.Lock()
        self._early_requests: list[_Request] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._start_cancelled: asyncio.Event | None = None
        self._end_requested = False
        self._health: StoreHealth | None = None
        self._loop_watch: LoopWatch | None = None
        self._processor: Processor | None = None
        self._thread = threading.Thread(target=self._main, name="sq-processor")
        self.error: BaseException | None = None
        """Why the processor ended, when nobody asked it to."""

    def start(self) -> None:
        """Start the thread; returns at once."""
        self._thread.start()

    def pause(self, why: str) -> None:
        """Claim nothing until resumed."""
        self._request(lambda processor: processor.pause(why))

    def resume(self) -> None:
        """Claim again."""
        self._request(Processor.resume)

    def drain(self) -> None:
        """Finish the calls in flight, up to drain_secs, release the rest, end."""
        self._request(Processor.drain)
        self._cancel_start()

    def stop(self) -> None:
        """Abort the calls, release them, end."""
        self._request(Processor.stop)
        self._cancel_start()

    def key_pressed(self) -> None:
        """A key was pressed: start no new call for a moment."""
        self._input_priority.key_pressed()

    def join(self, timeout_secs: float | None = None) -> bool:
        """Wait for the end; return whether the thread has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    def status(self) -> Status:
        """Return how the processor stands."""
        processor = self._processor
        if processor is not None:
            return self._with_loop(processor.status())
        ended = self._thread.ident is not None and not self._thread.is_alive()
        state = ProcessorState.STOPPED if ended else ProcessorState.STARTING
        concurrency = self._settings.processor.concurrency
        status = Status(state, 0, self._name, concurrency, 0, 0, 0, None, None, 0)
        health = self._health
        if health is None:
            return self._with_loop(status)
        status = replace(
            status,
            trouble=health.trouble,
            secs_since_answer=health.secs_since_answer,
            database_errors=health.errors,
            away_secs=health.away_secs,
        )
        return self._with_loop(status)

    def _with_loop(self, status: Status) -> Status:
        watch = self._loop_watch
        stalled = watch.stalled if watch is not None and self._thread.is_alive() else ""
        return replace(status, stalled=stalled) if stalled else status

    def _request(self, request: _Request) -> None:
        """Have the processor's own thread carry out *request*, as soon as there is a
        processor.
        """
        with self._lock:
            if self._processor is None or self._loop is None:
                self._early_requests.append(request)
                return
            loop, processor = self._loop, self._processor
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(request, processor)

    def _cancel_start(self) -> None:
        """Stop waiting for the database, if the processor still does."""
        with self._lock:
            self._end_requested = True
            loop, start_cancelled = self._loop, self._start_cancelled
        if loop is not None and start_cancelled is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(start_cancelled.set)

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except StartCancelled:
            self._emit(ProcessorStopped(self._name, 0, 0, 0))
        except SQConsoleError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - shown after join
            self.error = error

    async def _run(self) -> None:
        self._loop_watch = LoopWatch(self._times)
        watching = asyncio.create_task(self._loop_watch.watch_forever())
        try:
            await self._run_processor()
        finally:
            watching.cancel()

    async def _run_processor(self) -> None:
        connections, health = Connections(self._open_store), StoreHealth(self._emit)
        start_cancelled = asyncio.Event()
        store_wait = StoreWait(self._plan.goal, health, start_cancelled)
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._start_cancelled, self._health = start_cancelled, health
            if self._end_requested:
                start_cancelled.set()
        try:
            caller = await store_wait.until_there(lambda: self._caller(connections))
        except BaseException:
            connections.disconnect()
            raise
        health.succeeded()
        processor = Processor(
            self._settings,
            name=self._name,
            plan=self._plan,
            times=self._times,
            connections=connections,
            health=health,
            caller=caller,
            input_priority=self._input_priority,
            emit=self._emit,
        )
        self._carry_out_early_requests(processor)
        await processor.run(store_wait)

    async def _caller(self, connections: Connections) -> Caller:
        """Return a caller for this database, once it allows jobs to be processed."""
        uuid, listening = await connections.heartbeat.run(_check_database)
        return Caller(self._settings, uuid, listening=listening)

    def _carry_out_early_requests(self, processor: Processor) -> None:
        with self._lock:
            self._processor = processor
            requests, self._early_requests = self._early_requests, []
        for request in requests:
            request(processor)


def _check_database(store: Store) -> tuple[str, Listening]:
    """Return the database's uuid, and where its server listens. Raises StoreError when
    jobs may not be processed.
    """
    store.require_writable()
    store.require_schema()
    # Held up by an ALTER, say: no reason not to wait for its end.
    with contextlib.suppress(StoreUnavailable):
        store.admin.require()
    return store.reads.database_uuid(), store.reads.listening()
