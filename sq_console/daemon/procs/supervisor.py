"""`--procs N`: processor processes under one supervisor, which keeps their number.

One that dies is replaced, after a pause that grows when it dies again and again, and
what it held is given back at once. One that ends in order, because its goal is met or
an operator drained it, is not. SIGTERM, SIGINT and SIGHUP drain all together; a SIGINT
while they drain stops them at once. When all fail as they start, the cause is not
theirs: the supervisor ends too, with their exit code. Who is to serve starts none
before the database is there.
"""

import queue
import signal
import sys
import time
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from logging import ERROR, INFO

from sq_console.config import DbSettings, Settings
from sq_console.daemon.database_check import DatabaseCheck
from sq_console.daemon.log.event_lines import message_line, unrecorded
from sq_console.daemon.log.event_log import EventLog, open_log
from sq_console.daemon.procs.child import Child
from sq_console.daemon.procs.child_rescuer import ChildRescuer
from sq_console.daemon.run import (
    INTERRUPTED,
    STATUS_SECS,
    UNRECORDED,
    Assignment,
    signals_queued,
)
from sq_console.daemon.systemd import STARTING_STILL, notify
from sq_console.processor.status import Goal
from sq_console.store import open_store
from sq_console.text.sanitize import clean

_Noted = int | Child | DatabaseCheck
FIRST_PAUSE_SECS = 0.5
LONGEST_PAUSE_SECS = 30.0
"""A replacement waits this long at most; each death in a row doubles the pause."""
LONG_LIFE_SECS = 60.0
"""Who lived this long did not die in a row."""
_LOOK_SECS = 0.1


def run_supervised(
    settings: Settings, *, procs: int, goal: Goal, log_format: str
) -> int:
    """Process with *procs* processes until *goal* is reached or a signal comes; the
    exit code. Raises StoreError when the database is away at the start, unless it is to
    serve: then it waits.
    """
    due_by = None if goal is Goal.SERVE else _now(settings.db, goal)
    log = open_log(sys.stderr, log_format, pid=True)
    try:
        assignment = Assignment(settings, goal, log_format, due_by)
        return Supervisor(assignment, procs, log).supervise()
    finally:
        log.finish()


def _now(db: DbSettings, goal: Goal) -> datetime | None:
    store = open_store(db)  # away at the start: one line, and no run
    try:
        store.require_writable()
        return store.reads.now() if goal is Goal.ONCE else None
    finally:
        store.close()


@dataclass(slots=True)
class _Place:
    """Room for one processor."""

    child: Child | None = None
    started_at: float = 0.0
    deaths: int = 0
    """In a row."""
    again_at: float | None = None
    """When to fill it again; None when it is filled, or is to stay empty."""
    rescue: "Future[None] | None" = None

    @property
    def has_ended(self) -> bool:
        return self.child is None and self.again_at is None


class Supervisor:
    """Keeps the places filled, until told otherwise."""

    def __init__(self, assignment: Assignment, procs: int, log: EventLog) -> None:
        self._assignment = assignment
        self._log = log
        self._places = [_Place() for _ in range(procs)]
        self._received: queue.SimpleQueue[_Noted] = queue.SimpleQueue()
        self._looking: DatabaseCheck | None = None
        self._rescuer = ChildRescuer(assignment.settings.db, log)
        self._draining = False
        self._proven = False
        self._code = 0
        self._unrecorded = 0

    def supervise(self) -> int:
        """From the first start to the last end; the exit code."""
        procs = len(self._places)
        self._say(INFO, "supervisor_started", f"Supervisor of {procs} processors")
        with signals_queued(self._received.put):
            self._begin()
            while self._looking or not all(place.has_ended for place in self._places):
                self._act(self._next())
            self._rescuer.wait()
        self._say(INFO, "supervisor_stopped", "Supervisor stopped")
        if self._unrecorded:
            self._log.put(unrecorded(self._unrecorded))
            self._code = self._code or UNRECORDED
        return self._code

    def _begin(self) -> None:
        if self._assignment.goal is Goal.SERVE:
            db = self._assignment.settings.db
            self._looking = DatabaseCheck(db, self._log, self._received.put)
        else:
            self._fill_all()

    def _fill_all(self) -> None:
        for place in self._places:
            self._fill(place)

    def _next(self) -> "_Noted | None":
        waiting = any(place.again_at is not None for place in self._places)
        try:
            return self._received.get(timeout=_LOOK_SECS if waiting else STATUS_SECS)
        except queue.Empty:
            return None

    def _act(self, noted: "_Noted | None") -> None:
        match noted:
            case signal.SIGINT if self._draining:
                self._code = INTERRUPTED
                for child in self._children():
                    child.stop()
            case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
                self._drain()
            case Child():
                self._heard(noted)
            case DatabaseCheck():
                self._looked(noted)
            case _:
                self._tell_status()
        for place in self._places:
            if _is_to_be_filled(place):
                self._fill(place)

    def _looked(self, first: DatabaseCheck) -> None:
        if self._looking is None:
            return  # it was told to end meanwhile
        self._looking = None
        if first.error is not None:
            raise first.error
        self._fill_all()

    def _tell_status(self) -> None:
        if self._looking is None:
            notify(f"STATUS={len(self._children())} processors")
        else:
            notify(STARTING_STILL)
            notify(f"STATUS=starting: {clean(self._looking.trouble)}")

    def _drain(self) -> None:
        if not self._draining:
            notify("STOPPING=1")
        self._draining, self._looking = True, None
        for place in self._places:
            place.again_at = None
        for child in self._children():
            child.drain()

    def _heard(self, child: Child) -> None:
        self._proven = self._proven or child.started
        if child.code is None:
            self._tell_ready()
            return
        place = next((each for each in self._places if each.child is child), None)
        if place is None:
            return  # it ended before its last words were looked at
        place.child = None
        self._unrecorded += child.unrecorded
        if child.unrecorded:
            return  # it has ended in order, but for these
        if child.code > 0 and not (self._proven or self._draining or self._children()):
            self._give_up(child)
        elif child.code not in (0, INTERRUPTED):
            self._died(place, child)

    def _tell_ready(self) -> None:
        if not self._draining and all(child.started for child in self._children()):
            notify("READY=1")

    def _give_up(self, child: Child) -> None:
        """It has ended by itself, as all others had, before any of them could work."""
        self._code = child.code or 1
        self._say(ERROR, "supervisor_failed", _end_of(child))
        self._drain()

    def _died(self, place: _Place, child: Child) -> None:
        place.rescue = self._rescuer.rescue_processors(child.processor_ids)
        if self._draining:
            self._code = self._code or 1
            self._say(ERROR, "processor_died", _end_of(child))
            return
        now = time.monotonic()
        long_lived = now - place.started_at >= LONG_LIFE_SECS
        place.deaths = 1 if long_lived else place.deaths + 1
        pause_secs = min(
            FIRST_PAUSE_SECS * 2 ** min(place.deaths - 1, 10), LONGEST_PAUSE_SECS
        )
        place.again_at = now + pause_secs
        words = f"{_end_of(child)}; another starts in {pause_secs:g} s"
        self._say(ERROR, "processor_died", words)

    def _fill(self, place: _Place) -> None:
        place.started_at, place.again_at = time.monotonic(), None
        place.child = Child(self._assignment, self._received.put)

    def _children(self) -> list[Child]:
        return [place.child for place in self._places if place.child is not None]

    def _say(self, level: int, name: str, words: str) -> None:
        self._log.put(message_line(level, name, words))


def _is_to_be_filled(place: _Place) -> bool:
    """Its time has come, and what the last one held is free: who ends when nothing is
    due must find it.
    """
    if place.again_at is None or time.monotonic() < place.again_at:
        return False
    return place.rescue is None or place.rescue.done()


def _end_of(child: Child) -> str:
    code = child.code or 0
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    why = f": {child.failed}" if child.failed else ""
    return f"Processor process {child.pid} died ({how}){why}"
