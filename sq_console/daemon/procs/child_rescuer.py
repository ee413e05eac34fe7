"""Gives back what dead processors held, at once: their supervisor has seen them end.

On a thread of its own: the database may take its time, or be away, and signals must not
wait for it.
"""

import os
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from sq_console.config import DbSettings
from sq_console.daemon.log.event_log import EventLog
from sq_console.errors import StoreError
from sq_console.processor.events import JobRescued, JobStuck
from sq_console.store import open_store

RETRY_SECS = 1.0


class ChildRescuer:
    """Buries processors, one after the other, until it is closed."""

    def __init__(self, db: DbSettings, log: EventLog) -> None:
        self._db = db
        self._log = log
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._closing = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sq-undertaker")

    def rescue_processors(self, processor_ids: Sequence[int]) -> "Future[None]":
        """Done when what these held is pending again."""
        return self._thread.submit(self._rescue_until_done, list(processor_ids))

    def wait(self) -> None:
        """Try once more what has not been done; then others find the dead, later."""
        self._closing.set()
        self._thread.shutdown()

    def _rescue_until_done(self, processor_ids: list[int]) -> None:
        while processor_ids:
            try:
                self._rescue_one(processor_ids[-1])
                processor_ids.pop()
            except StoreError:
                if self._closing.wait(RETRY_SECS):
                    return

    def _rescue_one(self, processor_id: int) -> None:
        store = open_store(self._db)
        try:
            for rescued in store.rescuer.rescue_processor(processor_id, self._name):
                self._log(JobRescued(rescued))
            for stuck in store.stuck_rows.take_reports():
                self._log(JobStuck(stuck))
        finally:
            store.close()
