"""`--no-ui`: one processor from start to end, with signals and log lines around it.

SIGTERM, SIGINT and SIGHUP drain; a SIGINT while it drains stops at once. The handlers
only note the signal: the main thread, which does nothing else, acts on it.
"""

import queue
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from sq_console.config import Settings
from sq_console.daemon.log import open_log
from sq_console.daemon.systemd import notify
from sq_console.processor.events import (
    DrainStarted,
    Event,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.processor.status import Goal
from sq_console.processor.thread import ProcessorThread
from sq_console.store import open_store

INTERRUPTED = 130
STATUS_SECS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Noted = queue.SimpleQueue[int]
"""Signals as they came; 0 says that the processor has stopped."""


def run_daemon(settings: Settings, *, goal: Goal, log_format: str) -> int:
    """Process until *goal* is reached or a signal comes; the exit code. Raises what
    ended the processor, and StoreError when the database is away at the start.
    """
    open_store(settings.db).close()  # away at the start: one line, and no run
    log = open_log(sys.stderr, log_format)
    noted: Noted = queue.SimpleQueue()

    def emit(event: Event) -> None:
        log(event)
        _tell_systemd(event)
        if isinstance(event, ProcessorStopped):
            noted.put(0)

    thread = ProcessorThread(settings, emit=emit, goal=goal)
    try:
        with _noting(noted.put):
            thread.start()
            code = _stand_by(thread, noted)
    finally:
        log.close()
    if thread.error is not None:
        raise thread.error
    return code


def _stand_by(thread: ProcessorThread, noted: Noted) -> int:
    """Wait for the end of *thread*, passing on signals."""
    draining = False
    code = 0
    while not thread.join(0):
        match _next(noted):
            case signal.SIGINT if draining:
                thread.stop()
                code = INTERRUPTED
            case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
                draining = True
                thread.drain()
            case 0:
                thread.join()
            case _:
                _tell_status(thread)
    return code


def _next(noted: Noted) -> int | None:
    try:
        return noted.get(timeout=STATUS_SECS)
    except queue.Empty:
        return None


@contextmanager
def _noting(note: Callable[[int], None]) -> Iterator[None]:
    """Signals are noted inside, and do what they did before afterwards."""

    # SimpleQueue.put may be interrupted by itself; it is made for this.
    def handle(signum: int, _frame: FrameType | None) -> None:
        note(signum)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell_systemd(event: Event) -> None:
    if isinstance(event, ProcessorStarted):
        notify("READY=1")
    elif isinstance(event, DrainStarted | ProcessorStopped):
        notify("STOPPING=1")


def _tell_status(thread: ProcessorThread) -> None:
    status = thread.status()
    trouble = f", {status.trouble}" if status.trouble else ""
    notify(
        f"STATUS={status.state}: {status.in_flight} calls in flight,"
        f" {status.called} done{trouble}"
    )
