"""Releases at once the jobs of a child process that died.

Other processors would find the dead one by its heartbeat only some time later; the
supervisor has seen its end. A thread of its own does it: the database may be slow or
unavailable, and signals must not wait for it.
"""

import os
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sq_console.config import DbSettings
from sq_console.errors import StoreError
from sq_console.processor.events import Emit, JobRescued, JobStuck
from sq_console.rules.backoff import database_backoff
from sq_console.store import open_store


class ChildRescuer:
    """Rescues the jobs of dead processors, one processor after the other."""

    def __init__(self, db: DbSettings, emit: Emit) -> None:
        self._db = db
        self._emit = emit
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sq-child-rescuer")

    def rescue_processors(self, processor_ids: Sequence[int]) -> "Future[None]":
        """Rescue the jobs of these processors; the future is done when all are
        pending again.
        """
        return self._thread.submit(self._rescue_until_done, list(processor_ids))

    def shut_down(self) -> None:
        """Try each rescue that is not done once more, then end. Other processors rescue
        the remaining jobs later.
        """
        self._closing.set()
        self._thread.shutdown()

    def _rescue_until_done(self, processor_ids: list[int]) -> None:
        backoff = database_backoff()
        while processor_ids:
            try:
                self._rescue_one(processor_ids[-1])
                processor_ids.pop()
                backoff.reset()
            except StoreError:
                if self._closing.wait(backoff.next_secs()):
                    return

    def _rescue_one(self, processor_id: int) -> None:
        store = open_store(self._db, any_schema=True)  # it may have changed meanwhile
        try:
            for rescued in store.rescuer.rescue_processor(processor_id, self._name):
                self._emit(JobRescued(rescued))
            for stuck in store.stuck_rows.take_reports():
                self._emit(JobStuck(stuck))
        finally:
            store.close()
