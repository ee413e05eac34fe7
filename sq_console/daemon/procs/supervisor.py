"""`--procs N`: processor processes under one supervisor, which keeps their number.

- A child that dies is restarted after a backoff that grows with each death in a row.
  Its jobs are rescued at once.
- A child that ends in order, because its goal is reached or an operator drained it, is
  not restarted.
- SIGTERM, SIGINT and SIGHUP drain all children, or have all reopen their log (see
  `hang_up`); a SIGINT during the drain stops them at once.
- When all children fail at their start, restarts would not help: the supervisor ends
  too, with their exit status.
- A child that hangs is killed, and so replaced. The watchdog of systemd is fed only
  while every child moves.
- With `Goal.SERVE` the first child is started only when the database is there.
"""

import queue
import signal
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from logging import ERROR, INFO

from sq_console.config import DbSettings, Settings
from sq_console.daemon.hang_up import HangUp
from sq_console.daemon.log.event_lines import message_line, unrecorded
from sq_console.daemon.log.event_log import EventLog
from sq_console.daemon.metrics.service import MetricsService
from sq_console.daemon.procs.child import Child
from sq_console.daemon.procs.child_rescuer import ChildRescuer
from sq_console.daemon.procs.database_check import DatabaseCheck
from sq_console.daemon.procs.service_metrics import ServiceMetrics
from sq_console.daemon.run import (
    INTERRUPTED,
    STATUS_SECS,
    UNRECORDED,
    Assignment,
    log_and_metrics,
    signals_queued,
)
from sq_console.daemon.systemd import Notifier
from sq_console.processor.status import Goal
from sq_console.rules.backoff import Backoff
from sq_console.store import open_store

_Notice = int | Child | DatabaseCheck
FIRST_RESTART_SECS = 0.5
LONGEST_RESTART_SECS = 30.0
"""The longest restart backoff; each death in a row doubles it."""
RESET_BACKOFF_AFTER_SECS = 60.0
"""A child that ran this long resets the restart backoff."""
_RESTART_CHECK_SECS = 0.1
HANGING_SECS = 10.0
"""A child seen to stand still for this long, whatever its own limits, is killed."""


def run_supervised(settings: Settings, *, procs: int, goal: Goal) -> int:
    """Process with *procs* processes until *goal* is reached or a signal comes; return
    the exit status. Raises StoreError when the database is unavailable at the start;
    with `Goal.SERVE` the supervisor waits for it instead.
    """
    due_by = None if goal is Goal.SERVE else _due_by(settings.db, goal)
    with log_and_metrics(settings, goal, pid=True) as (log, metrics):
        try:
            assignment = Assignment(settings, goal, due_by)
            return Supervisor(assignment, procs, log, metrics).supervise()
        finally:
            log.finish()


def _due_by(db: DbSettings, goal: Goal) -> datetime | None:
    store = open_store(db)  # unavailable: one line, and no run
    try:
        store.require_writable()
        return store.reads.now() if goal is Goal.ONCE else None
    finally:
        store.close()


def _restart_backoff() -> Backoff:
    return Backoff(FIRST_RESTART_SECS, LONGEST_RESTART_SECS)


@dataclass(slots=True)
class _ChildRecord:
    """One child of the fixed number, and its restarts."""

    child: Child | None = None
    started_at: float = 0.0
    backoff: Backoff = field(default_factory=_restart_backoff)
    restart_at: float | None = None
    """When to restart it; None while it runs, and when it must not be restarted."""
    rescue: "Future[None] | None" = None
    stalled_since: float | None = None
    """Since when the supervisor has seen it hang."""

    @property
    def has_ended(self) -> bool:
        return self.child is None and self.restart_at is None


class Supervisor:
    """Starts the children, and restarts those that die, until a signal comes."""

    def __init__(
        self,
        assignment: Assignment,
        procs: int,
        log: EventLog,
        metrics: MetricsService | None = None,
    ) -> None:
        self._assignment = assignment
        self._log = log
        self._metrics = ServiceMetrics(metrics, log)
        self._children = [_ChildRecord() for _ in range(procs)]
        self._notifier = Notifier()
        self._hang_up = HangUp(assignment.settings.log, log)
        self._received: queue.SimpleQueue[_Notice] = queue.SimpleQueue()
        self._database_check: DatabaseCheck | None = None
        self._rescuer = ChildRescuer(assignment.settings.db, self._metrics.log_event)
        self._draining = False
        self._any_started = False
        self._exit_status = 0
        self._unrecorded = 0

    def supervise(self) -> int:
        """Run until the last child has ended; return the exit status."""
        procs = len(self._children)
        self._log_message(
            INFO, "supervisor_started", f"Supervisor of {procs} processors"
        )
        with signals_queued(self._received.put):
            self._start()
            while self._database_check or not all(
                record.has_ended for record in self._children
            ):
                self._handle(self._next_notice())
                self._metrics.supervisor_moved(self._database_check)
            self._rescuer.shut_down()
        self._log_message(INFO, "supervisor_stopped", "Supervisor stopped")
        if self._unrecorded:
            self._log.put(unrecorded(self._unrecorded))
            self._exit_status = self._exit_status or UNRECORDED
        return self._exit_status

    def _start(self) -> None:
        if self._assignment.goal is Goal.SERVE:
            db = self._assignment.settings.db
            self._database_check = DatabaseCheck(db, self._log, self._received.put)
        else:
            self._start_all()

    def _start_all(self) -> None:
        for record in self._children:
            self._start_child(record)

    def _next_notice(self) -> "_Notice | None":
        waiting = any(record.restart_at is not None for record in self._children)
        try:
            return self._received.get(
                timeout=_RESTART_CHECK_SECS if waiting else STATUS_SECS
            )
        except queue.Empty:
            return None

    def _handle(self, notice: "_Notice | None") -> None:
        match notice:
            case signal.SIGINT if self._draining:
                self._exit_status = INTERRUPTED
                for child in self._living():
                    child.stop()
            case signal.SIGHUP if not self._hang_up.drains:
                self._reopen_logs()
            case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
                self._drain()
            case Child():
                self._child_changed(notice)
            case DatabaseCheck():
                self._database_checked(notice)
            case _:
                self._notify_status()
        self._restart_or_kill()

    def _restart_or_kill(self) -> None:
        for record in self._children:
            if _is_restart_due(record):
                self._start_child(record)
            elif record.child is not None:
                self._kill_if_hanging(record, record.child)

    def _database_checked(self, check: DatabaseCheck) -> None:
        if self._database_check is None:
            return  # a signal came meanwhile
        self._database_check = None
        if check.error is not None:
            raise check.error
        self._start_all()

    def _notify_status(self) -> None:
        if self._database_check is not None:
            self._notifier.waits(self._database_check.trouble)
            return
        self._notifier.report(
            [child.report for child in self._living() if child.report is not None],
            procs=len(self._children),
            stalled=any(child.stalled for child in self._living()),
        )

    def _reopen_logs(self) -> None:
        self._hang_up.reopen_log()
        if self._assignment.settings.log.file:
            for child in self._living():
                child.reopen_log()

    def _drain(self) -> None:
        self._notifier.stopping()
        self._draining, self._database_check = True, None
        for record in self._children:
            record.restart_at = None
        for child in self._living():
            child.drain()

    def _child_changed(self, child: Child) -> None:
        self._any_started = self._any_started or child.started
        if child.exit_status is None:
            self._notify_ready()
            return
        record = next((each for each in self._children if each.child is child), None)
        if record is None:
            return  # its end was handled with an earlier notice
        record.child = None
        died = child.exit_status not in (0, INTERRUPTED) and not child.unrecorded
        self._metrics.child_ended(child, died=died)
        self._unrecorded += child.unrecorded
        if child.is_final:
            self._give_up(child)
            return
        if child.unrecorded:
            return  # it ended in order, but for these
        if child.exit_status > 0 and not (
            self._any_started or self._draining or self._living()
        ):
            self._give_up(child)
        elif died:
            self._child_died(record, child)

    def _notify_ready(self) -> None:
        if not self._draining and all(child.started for child in self._living()):
            self._notifier.ready()

    def _give_up(self, child: Child) -> None:
        """End too: every child ended by itself before any of them had started, or this
        one has said that another would fare no better.
        """
        self._exit_status = child.exit_status or 1
        self._log_message(ERROR, "supervisor_failed", _describe_death(child))
        self._drain()

    def _child_died(self, record: _ChildRecord, child: Child) -> None:
        record.rescue = self._rescuer.rescue_processors(child.processor_ids)
        if self._draining:
            self._exit_status = self._exit_status or 1
            self._log_message(ERROR, "processor_died", _describe_death(child))
            return
        now = time.monotonic()
        if now - record.started_at >= RESET_BACKOFF_AFTER_SECS:
            record.backoff.reset()
        pause_secs = record.backoff.next_secs()
        record.restart_at = now + pause_secs
        text = f"{_describe_death(child)}; another starts in {pause_secs:g} s"
        self._log_message(ERROR, "processor_died", text)

    def _kill_if_hanging(self, record: _ChildRecord, child: Child) -> None:
        now, stalled = time.monotonic(), child.stalled
        if not stalled:
            record.stalled_since = None
        elif record.stalled_since is None:
            record.stalled_since = now
        elif now - record.stalled_since >= HANGING_SECS:
            record.stalled_since = now  # its end takes a moment
            text = f"Processor process {child.pid} hangs, and is killed: {stalled}"
            self._log_message(ERROR, "processor_hangs", text)
            child.kill()

    def _start_child(self, record: _ChildRecord) -> None:
        record.started_at, record.restart_at = time.monotonic(), None
        record.stalled_since = None
        record.child = Child(
            self._assignment, self._received.put, self._metrics.child_reported
        )

    def _living(self) -> list[Child]:
        return [record.child for record in self._children if record.child is not None]

    def _log_message(self, level: int, name: str, text: str) -> None:
        self._log.put(message_line(level, name, text))


def _is_restart_due(record: _ChildRecord) -> bool:
    """Return whether the backoff is over and the dead child's jobs are rescued: a
    restarted child that ends when nothing is due must find them.
    """
    if record.restart_at is None or time.monotonic() < record.restart_at:
        return False
    return record.rescue is None or record.rescue.done()


def _describe_death(child: Child) -> str:
    status = child.exit_status or 0
    how = f"signal {-status}" if status < 0 else f"exit code {status}"
    why = f": {child.error}" if child.error else ""
    return f"Processor process {child.pid} died ({how}){why}"
