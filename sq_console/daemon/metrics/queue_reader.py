"""Reads the queue for its metrics, every few seconds, on a thread and a connection of
its own: a database that hangs delays no request.

It asks what the console's header asks, whose queries are bounded. Where several
services run, each reads the same.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sq_console.errors import SQConsoleError
from sq_console.model import HealthReading, TableSize, Verdict
from sq_console.store import Store
from sq_console.store.lane import StoreLane

READ_SECS = 5.0
"""Between readings."""
SIZES_SECS = 300.0
"""Between looks at the sizes of tables, which some servers gather slowly."""


@dataclass(frozen=True, slots=True)
class QueueReading:
    """The queue at one moment."""

    health: HealthReading
    verdict: Verdict
    sizes: tuple[TableSize, ...]
    read_at: float
    """When it was read, by `time.monotonic`."""
    took_secs: float


class QueueReader:
    """Reads until it is stopped; `latest` stays when the database is away."""

    def __init__(
        self, open_store: Callable[[], Store], read_secs: float = READ_SECS
    ) -> None:
        self.latest: QueueReading | None = None
        self._started_at = time.monotonic()
        self._read_secs = read_secs
        self._lane = StoreLane(open_store, "queue-metrics")
        self._sizes: tuple[TableSize, ...] = ()
        self._sizes_at = float("-inf")
        self._stopping = threading.Event()
        # A daemon thread: a database that hangs does not delay the exit.
        self._thread = threading.Thread(
            target=self._read_forever, name="sq-queue-metrics", daemon=True
        )

    @property
    def age_secs(self) -> float:
        """Seconds since the latest reading; since the start, when there is none."""
        latest = self.latest
        since = self._started_at if latest is None else latest.read_at
        return time.monotonic() - since

    def begin_reading(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop_reading(self) -> None:
        """Read no more; returns at once."""
        self._stopping.set()

    def _read_forever(self) -> None:
        while not self._stopping.is_set():
            # An error is reported by the processors, and shows in the reading's age.
            with contextlib.suppress(SQConsoleError):
                self.latest = self._lane.run_blocking(self._read)
            self._stopping.wait(self._read_secs)
        self._lane.shut_down()

    def _read(self, store: Store) -> QueueReading:
        begun = time.monotonic()
        reading = store.health.reading()
        if begun - self._sizes_at >= SIZES_SECS:
            self._sizes, self._sizes_at = tuple(store.reads.table_sizes()), begun
        verdict = store.health.verdict(reading)
        ended = time.monotonic()
        return QueueReading(reading, verdict, self._sizes, ended, ended - begun)
