"""The processor process of a supervisor: what runs in the child.

Its standard input brings what it is to do, then one byte for each order. The pipe's end
means that the supervisor is gone, however it went, and the processor drains: nobody is
left who would end it. Its standard output tells the supervisor, as lines of JSON, under
which id it is in the table, and what went wrong.
"""

import contextlib
import json
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from logging import WARNING

from sq_console.daemon.log.event_lines import message_line
from sq_console.daemon.log.event_log import EventLog, open_log
from sq_console.daemon.run import Assignment, SignalQueue, run_processor
from sq_console.errors import SQConsoleError
from sq_console.processor.events import (
    Event,
    IdChosen,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.processor.status import Status

DRAIN, STOP = b"d", b"s"
LENGTH = struct.Struct("!I")
_STDIN, _STDOUT, _STDERR = range(3)


def main() -> None:
    """Run the assigned processor and exit with its code."""
    report = SupervisorPipe(os.dup(_STDOUT))
    os.dup2(_STDERR, _STDOUT)  # what a library prints is no report
    (length,) = LENGTH.unpack(_read(LENGTH.size))
    assignment: Assignment = pickle.loads(_read(length))
    log = open_log(sys.stderr, assignment.log_format, pid=True)
    noted: SignalQueue = queue.SimpleQueue()
    threading.Thread(target=_obey, args=(noted, log), daemon=True).start()
    try:
        code = run_processor(assignment, log, report, noted)
        report.send(unrecorded=report.unrecorded)
    except SQConsoleError as error:
        report.send(failed=str(error))
        code = error.exit_code
    sys.exit(code)


def _obey(noted: SignalQueue, log: EventLog) -> None:
    """Pass on orders until there are no more."""
    while (order := os.read(_STDIN, 1)) == DRAIN:
        noted.put(signal.SIGTERM)
    if order != STOP:
        log.put(
            message_line(WARNING, "supervisor_lost", "The supervisor is gone: draining")
        )
    noted.put(signal.SIGTERM)
    if order == STOP:
        noted.put(signal.SIGINT)


def _read(length: int) -> bytes:
    """Exactly that much. Not through `sys.stdin`, on which a thread must not wait when
    the interpreter ends.
    """
    read = b""
    while len(read) < length:
        chunk = os.read(_STDIN, length - len(read))
        if not chunk:
            raise SystemExit(1)  # the supervisor went before it could say anything
        read += chunk
    return read


class SupervisorPipe:
    """What the supervisor is told."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.unrecorded = 0
        """Outcomes that it could not write."""

    def on_event(self, event: Event) -> None:
        """See `run.Listener`."""
        match event:
            case IdChosen(processor_id):
                # Before it is in the table: else it could die there, unknown to us.
                self.send(processor_id=processor_id)
            case ProcessorStarted():
                self.send(started=True)
            case ProcessorStopped():
                self.unrecorded = event.unrecorded

    def on_status(self, status: Status) -> None:
        """See `run.Listener`."""

    def send(self, **what: object) -> None:
        """One line of JSON; nobody may be there to read it."""
        with contextlib.suppress(OSError):
            os.write(self._fd, json.dumps(what).encode() + b"\n")
