"""The processor as a thread: a plain thread with its own event loop, driven from
outside by a few calls.

Nothing here waits for a screen, and nothing calls back into one: whoever shows the
processor pulls its status. All methods may be called from any thread, before the start
and after the end.
"""

import asyncio
import contextlib
import gc
import os
import socket
import threading
from collections.abc import Callable
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
from sq_console.processor.status import Goal, Status, Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.store_wait import Aborted, StoreWait
from sq_console.store import Store
from sq_console.store import open_store as open_configured_store

GARBAGE = (10_000, 20, 20)
"""When cyclic garbage is looked for (`gc.set_threshold`), in all of the program:
hundreds of jobs in hand are not garbage, and looking through them each time cost a
tenth of the throughput.
"""


class ProcessorThread:
    """One processor in one thread. With `Goal.ONCE` the jobs due by *due_by*, else by
    its start, are called.
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
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._goal = goal
        self._defer_to_others = defer_to_others
        self._due_by = due_by
        self._open_store = open_store or partial(open_configured_store, settings.db)
        self._times = times
        self._input_priority = InputPriority()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = threading.Lock()
        self._early: list[Callable[[Processor], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event | None = None
        self._told_to_end = False
        self._weather: StoreHealth | None = None
        self._processor: Processor | None = None
        self._thread = threading.Thread(target=self._main, name="sq-processor")
        self.error: BaseException | None = None
        """Why it ended, when not because it was told to."""

    def start(self) -> None:
        """Begin; returns at once."""
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        self._thread.start()

    def pause(self, why: str) -> None:
        """Claim nothing until resumed."""
        self._call_soon(lambda processor: processor.run_state.pause(why))

    def resume(self) -> None:
        """Claim again."""
        self._call_soon(lambda processor: processor.run_state.resume())

    def drain(self) -> None:
        """Finish the calls in flight, up to drain_secs, release the rest, end."""
        self._call_soon(
            lambda processor: processor.run_state.start_draining(processor.in_flight)
        )
        self._leave()

    def stop(self) -> None:
        """Abort the calls, release them, end."""
        self._call_soon(lambda processor: processor.stop())
        self._leave()

    def key_pressed(self) -> None:
        """A key was pressed: start no new call for a moment."""
        self._input_priority.key_pressed()

    def join(self, timeout_secs: float | None = None) -> bool:
        """Wait for its end; True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_secs)
        return not self._thread.is_alive()

    def status(self) -> Status:
        """How it stands."""
        processor = self._processor
        if processor is not None:
            return processor.status()
        ended = self._thread.ident is not None and not self._thread.is_alive()
        state = ProcessorState.STOPPED if ended else ProcessorState.STARTING
        concurrency = self._settings.processor.concurrency
        trouble = self._weather.trouble if self._weather is not None else None
        return Status(state, 0, self._name, concurrency, 0, 0, 0, None, trouble, 0)

    def _call_soon(self, what: Callable[[Processor], None]) -> None:
        with self._lock:
            if self._processor is None or self._loop is None:
                self._early.append(what)
                return
            loop, processor = self._loop, self._processor
        try:
            loop.call_soon_threadsafe(what, processor)
        except RuntimeError:
            return  # it has ended

    def _leave(self) -> None:
        """If it still waits for the database, it is to wait no more."""
        with self._lock:
            self._told_to_end = True
            loop, leaving = self._loop, self._leaving
        if loop is not None and leaving is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                loop.call_soon_threadsafe(leaving.set)

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except Aborted:
            self._emit(ProcessorStopped(self._name, 0, 0, 0))
        except SQConsoleError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - shown by whoever joins
            self.error = error

    async def _run(self) -> None:
        lanes, weather = Connections(self._open_store), StoreHealth(self._emit)
        leaving = asyncio.Event()
        beginning = StoreWait(self._goal, weather, leaving)
        with self._lock:
            self._loop, self._leaving = asyncio.get_running_loop(), leaving
            self._weather = weather
            if self._told_to_end:
                leaving.set()
        try:
            uuid, listening = await beginning.until_there(
                lambda: lanes.heartbeat.run(_look)
            )
        except BaseException:
            lanes.disconnect()
            raise
        weather.succeeded()
        processor = Processor(
            self._settings,
            name=self._name,
            connections=lanes,
            weather=weather,
            beginning=beginning,
            caller=Caller(self._settings, uuid, listening=listening),
            emit=self._emit,
            goal=self._goal,
            defer_to_others=self._defer_to_others,
            due_by=self._due_by,
            input_priority=self._input_priority,
            times=self._times,
        )
        with self._lock:
            self._processor = processor
            early, self._early = self._early, []
        for what in early:
            what(processor)
        await processor.run()


def _look(store: Store) -> tuple[str, Listening]:
    """May jobs be processed? The database's uuid, and where its server listens. Raises
    StoreError.
    """
    store.require_writable()
    # Held up by an ALTER, say: no reason not to wait for its end.
    with contextlib.suppress(StoreUnavailable):
        store.admin.require()
    return store.reads.database_uuid(), store.reads.listening()
