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
from sq_console.model import ProcessorState
from sq_console.processor.caller import Caller
from sq_console.processor.courtesy import Courtesy
from sq_console.processor.events import Emit, ignore
from sq_console.processor.lanes import Lanes
from sq_console.processor.processor import Processor
from sq_console.processor.status import Goal, Status, Times
from sq_console.store import open_store as open_configured_store
from sq_console.store.base import Store

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
        self._courtesy = Courtesy()
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._lock = threading.Lock()
        self._early: list[Callable[[Processor], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
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
        self._tell(lambda processor: processor.switch.pause(why))

    def resume(self) -> None:
        """Claim again."""
        self._tell(lambda processor: processor.switch.resume())

    def drain(self) -> None:
        """Finish the calls in flight, up to drain_secs, release the rest, end."""
        self._tell(lambda processor: processor.switch.drain(processor.in_flight))

    def stop(self) -> None:
        """Abort the calls, release them, end."""
        self._tell(lambda processor: processor.stop())

    def courtesy(self) -> None:
        """A key was pressed: start no new call for a moment."""
        self._courtesy.key_pressed()

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
        return Status(state, 0, self._name, concurrency, 0, 0, 0, None, None, 0)

    def _tell(self, what: Callable[[Processor], None]) -> None:
        with self._lock:
            if self._processor is None or self._loop is None:
                self._early.append(what)
                return
            loop, processor = self._loop, self._processor
        try:
            loop.call_soon_threadsafe(what, processor)
        except RuntimeError:
            return  # it has ended

    def _main(self) -> None:
        try:
            asyncio.run(self._run())
        except SQConsoleError as error:
            self.error = error
        except BaseException as error:  # noqa: BLE001 - shown by whoever joins
            self.error = error

    async def _run(self) -> None:
        lanes = Lanes(self._open_store)
        try:
            # Held up by an ALTER, say: no reason not to wait for its end.
            with contextlib.suppress(StoreUnavailable):
                await lanes.pulse.run(lambda store: store.admin.require())
            uuid = await lanes.pulse.run(lambda store: store.reads.database_uuid())
            listening = await lanes.pulse.run(lambda store: store.reads.listening())
        except BaseException:
            lanes.close()
            raise
        processor = Processor(
            self._settings,
            name=self._name,
            lanes=lanes,
            caller=Caller(self._settings, uuid, listening=listening),
            emit=self._emit,
            goal=self._goal,
            defer_to_others=self._defer_to_others,
            due_by=self._due_by,
            courtesy=self._courtesy,
            times=self._times,
        )
        with self._lock:
            self._loop, self._processor = asyncio.get_running_loop(), processor
            early, self._early = self._early, []
        for what in early:
            what(processor)
        await processor.run()
