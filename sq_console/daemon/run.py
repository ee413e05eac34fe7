"""`--no-ui`: one processor from start to end, with signals and log lines around it.

SIGTERM and SIGINT drain, and SIGHUP where a terminal was closed (see `hang_up`); a
SIGINT during the drain stops at once. The signal
handlers only queue the signal: the main thread, which does nothing else, acts on it.
"""

import queue
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from logging import WARNING
from types import FrameType
from typing import Protocol

from sq_console.config import Settings, exposed_files
from sq_console.daemon.hang_up import HangUp
from sq_console.daemon.log.event_lines import message_line, unrecorded
from sq_console.daemon.log.event_log import EventLog, open_daemon_log
from sq_console.daemon.metrics.call_counts import CallCounts
from sq_console.daemon.metrics.service import MetricsService, serving_metrics
from sq_console.daemon.reports import EventCounts, Report
from sq_console.daemon.stall_log import StallLog
from sq_console.daemon.systemd import Systemd
from sq_console.processor.events import Event, ProcessorStopped
from sq_console.processor.file_limit import raise_file_limit
from sq_console.processor.garbage_collection import collect_garbage_less
from sq_console.processor.status import Goal, Times
from sq_console.processor.thread import ProcessorThread
from sq_console.store import open_store

INTERRUPTED = 130
UNRECORDED = 1
"""The exit status when not all outcomes could be written."""
STATUS_SECS = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


SignalQueue = queue.SimpleQueue[int]
"""Signals in the order of their arrival; 0 means that the processor has stopped."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Settings and goal of one processor."""

    settings: Settings
    goal: Goal
    due_by: datetime | None = None
    """For `Goal.ONCE`: only what is due by then; None means by its start."""
    times: Times = Times()  # noqa: RUF009 - frozen
    """Only tests shorten them."""


class Listener(Protocol):
    """Receives events and reports of a processor."""

    def on_event(self, event: Event) -> None:
        """Receive an event; called on the processor's thread."""

    def on_report(self, report: Report) -> None:
        """Receive a report, every `STATUS_SECS`."""


def run_daemon(settings: Settings, *, goal: Goal) -> int:
    """Process until *goal* is reached or a signal comes; return the exit status.

    Raises what ended the processor. Raises StoreError when the database is unavailable
    at the start; with `Goal.SERVE` the processor waits for it instead.
    """
    if goal is not Goal.SERVE:
        open_store(settings.db).close()  # unavailable: one line, and no run
    assignment = Assignment(settings, goal)
    with log_and_metrics(settings, goal) as (log, metrics):
        listener = _Systemd(metrics)
        return run_processor(assignment, log, listener, queue.SimpleQueue())


@contextmanager
def log_and_metrics(
    settings: Settings, goal: Goal, *, pid: bool = False
) -> Iterator[tuple[EventLog, MetricsService | None]]:
    """Listen for metrics, where that is set, until the end; open the log, which says
    first what is wrong with the files of the settings. With *pid* when processes share
    one log. Raises SettingsError.
    """
    with serving_metrics(settings, goal) as metrics:
        log = open_daemon_log(settings.log, pid=pid)
        _warn_of_exposed_files(settings, log)
        if metrics is not None:
            metrics.announce(log)
        yield log, metrics


class _Systemd(Systemd):
    """Passes reports on to the metrics too."""

    def __init__(self, metrics: MetricsService | None) -> None:
        super().__init__()
        self._metrics = metrics

    def on_report(self, report: Report) -> None:
        """See `Listener`."""
        super().on_report(report)
        if self._metrics is not None:
            self._metrics.reported("", report)


def _warn_of_exposed_files(settings: Settings, log: EventLog) -> None:
    """Log a warning for each file with a secret in it that others may read."""
    for exposed in exposed_files(settings):
        text = f"{exposed.clause}: {exposed.command}"
        log.put(message_line(WARNING, "secret_exposed", text))


def run_processor(
    assignment: Assignment, log: EventLog, listener: Listener, signals: SignalQueue
) -> int:
    """Process until the goal is reached or a signal comes; return the exit status,
    which is not 0 when outcomes stayed unrecorded.

    A signal may also be put into *signals*. Closes *log*. Raises what ended the
    processor, and SettingsError when the limit of open files is too low.
    """
    unrecorded_outcomes = 0
    count, calls = EventCounts(), CallCounts()
    is_watched = assignment.settings.metrics.listen is not None

    def emit(event: Event) -> None:
        nonlocal unrecorded_outcomes
        log(event)
        count(event)
        if is_watched:
            calls.on_event(event)
        listener.on_event(event)
        if isinstance(event, ProcessorStopped):
            unrecorded_outcomes = event.unrecorded
            signals.put(0)

    raise_file_limit(assignment.settings.processor.concurrency)
    thread = ProcessorThread(
        assignment.settings,
        emit=emit,
        goal=assignment.goal,
        due_by=assignment.due_by,
        times=assignment.times,
    )
    try:
        with signals_queued(signals.put):
            collect_garbage_less()
            thread.start()
            stalls = StallLog(log)

            def report() -> None:
                status = thread.status()
                stalls(status.stalled)
                counted = count.counts(), calls.counts(), log.lines_dropped
                listener.on_report(Report(status, *counted))

            code = _wait_for_end(
                thread, report, signals, HangUp(assignment.settings.log, log)
            )
        if unrecorded_outcomes:
            log.put(unrecorded(unrecorded_outcomes))
            code = code or UNRECORDED
    finally:
        log.finish()
    if thread.error is not None:
        raise thread.error
    return code


def _wait_for_end(
    thread: ProcessorThread,
    report: Callable[[], None],
    signals: SignalQueue,
    hang_up: HangUp,
) -> int:
    """Wait for the end of *thread*; pass signals on to it; *report* now and then."""
    draining = False
    code = 0
    while not thread.join(0):
        match _next_signal(signals):
            case signal.SIGINT if draining:
                thread.stop()
                code = INTERRUPTED
            case signal.SIGHUP if not hang_up.drains:
                hang_up.reopen_log()
            case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
                draining = True
                thread.drain()
            case 0:
                thread.join()
            case _:
                report()
    return code


def _next_signal(signals: SignalQueue) -> int | None:
    try:
        return signals.get(timeout=STATUS_SECS)
    except queue.Empty:
        return None


def handled_signals(numbers: Iterable[signal.Signals]) -> list[signal.Signals]:
    """Return those of *numbers* that are not ignored at the start. SIGTERM is always
    among them: it is the way to end a daemon.
    """
    return [
        number
        for number in numbers
        if number is signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN
    ]


@contextmanager
def signals_queued(put: Callable[[int], None]) -> Iterator[None]:
    """Pass signals to *put* inside; restore their handlers afterwards.

    A signal that was ignored at the start stays ignored: nohup, or a shell that starts
    a background job, asks for that.
    """

    # SimpleQueue.put is reentrant: a signal handler may call it.
    def handle(signum: int, _frame: FrameType | None) -> None:
        put(signum)

    before = {
        number: signal.signal(number, handle) for number in handled_signals(_SIGNALS)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
