"""`--no-ui`: one processor from start to end, with signals and log lines around it.

SIGTERM, SIGINT and SIGHUP drain; a SIGINT while it drains stops at once. The handlers
only note the signal: the main thread, which does nothing else, acts on it.
"""

import queue
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import Protocol

from sq_console.config import Settings
from sq_console.daemon.log.event_lines import unrecorded
from sq_console.daemon.log.event_log import EventLog, open_log
from sq_console.daemon.systemd import Systemd
from sq_console.processor.events import Event, ProcessorStopped
from sq_console.processor.file_limit import raise_file_limit
from sq_console.processor.status import Goal, Status
from sq_console.processor.thread import ProcessorThread
from sq_console.store import open_store

INTERRUPTED = 130
UNRECORDED = 1
"""The exit code when not all outcomes could be written."""
STATUS_SECS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


SignalQueue = queue.SimpleQueue[int]
"""Signals as they came; 0 says that the processor has stopped."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a processor is to do."""

    settings: Settings
    goal: Goal
    log_format: str
    due_by: datetime | None = None
    """For `Goal.ONCE`: only what is due by then; None means by its start."""


class Listener(Protocol):
    """Who wants to know how a processor is doing."""

    def on_event(self, event: Event) -> None:
        """It happened; called on the processor's thread."""

    def on_status(self, status: Status) -> None:
        """How it stands, every `STATUS_SECS`."""


def run_daemon(settings: Settings, *, goal: Goal, log_format: str) -> int:
    """Process until *goal* is reached or a signal comes; the exit code. Raises what
    ended the processor, and StoreError when the database is away at the start, unless
    it is to serve: then it waits.
    """
    if goal is not Goal.SERVE:
        open_store(settings.db).close()  # one line, and no run
    assignment = Assignment(settings, goal, log_format)
    log = open_log(sys.stderr, log_format)
    return run_processor(assignment, log, Systemd(), queue.SimpleQueue())


def run_processor(
    assignment: Assignment, log: EventLog, listener: Listener, noted: SignalQueue
) -> int:
    """Process until done, or until told by a signal, which may also be put into
    *noted*; the exit code, not 0 when outcomes stayed unrecorded. Closes *log*.
    Raises what ended the processor, and SettingsError when the process may not open so
    many files.
    """
    left = 0

    def emit(event: Event) -> None:
        nonlocal left
        log(event)
        listener.on_event(event)
        if isinstance(event, ProcessorStopped):
            left = event.unrecorded
            noted.put(0)

    raise_file_limit(assignment.settings.processor.concurrency)
    thread = ProcessorThread(
        assignment.settings,
        emit=emit,
        goal=assignment.goal,
        due_by=assignment.due_by,
    )
    try:
        with signals_queued(noted.put):
            thread.start()
            code = _stand_by(thread, listener, noted)
        if left:
            log.put(unrecorded(left))
            code = code or UNRECORDED
    finally:
        log.finish()
    if thread.error is not None:
        raise thread.error
    return code


def _stand_by(thread: ProcessorThread, listener: Listener, noted: SignalQueue) -> int:
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
                listener.on_status(thread.status())
    return code


def _next(noted: SignalQueue) -> int | None:
    try:
        return noted.get(timeout=STATUS_SECS)
    except queue.Empty:
        return None


def handled_signals(numbers: Iterable[signal.Signals]) -> list[signal.Signals]:
    """Those of *numbers* that are not ignored; SIGTERM, the way to end it, always is
    heeded.
    """
    return [
        number
        for number in numbers
        if number is signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN
    ]


@contextmanager
def signals_queued(note: Callable[[int], None]) -> Iterator[None]:
    """Signals are noted inside, and do what they did before afterwards. One that was
    ignored at the start stays so: nohup, or a shell's background job, means it.
    """

    # SimpleQueue.put may be interrupted by itself; it is made for this.
    def handle(signum: int, _frame: FrameType | None) -> None:
        note(signum)

    before = {
        number: signal.signal(number, handle) for number in handled_signals(_SIGNALS)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
