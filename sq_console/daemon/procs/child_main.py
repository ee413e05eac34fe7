"""The program of a child process: one processor, commanded by its supervisor.

Standard input carries the assignment, then one byte for each command. The end of that
pipe means that the supervisor is gone, for whatever reason, and the processor drains:
no other process would stop it. Standard output carries reports to the supervisor, as
lines of JSON: the processor's id in the table, errors, and once a second a `Report`.
"""

import os
import pickle
import queue
import signal
import struct
import sys
import threading
from logging import WARNING

from sq_console.daemon.log.event_lines import message_line
from sq_console.daemon.log.event_log import EventLog, open_daemon_log
from sq_console.daemon.procs.supervisor_pipe import SupervisorPipe
from sq_console.daemon.run import Assignment, SignalQueue, run_processor
from sq_console.errors import ProcessingRefused, SchemaMismatch, SQConsoleError

_FINAL = (SchemaMismatch, ProcessingRefused)
"""Errors that another process would end with too."""
DRAIN, REOPEN, STOP = b"d", b"r", b"s"
_SIGNALS = {DRAIN: signal.SIGTERM, REOPEN: signal.SIGHUP}
LENGTH = struct.Struct("!I")
_STDIN, _STDOUT, _STDERR = range(3)


def main() -> None:
    """Run the assigned processor and exit with its status."""
    supervisor = SupervisorPipe(os.dup(_STDOUT))
    os.dup2(_STDERR, _STDOUT)  # output of a library is no report
    (length,) = LENGTH.unpack(_read_exactly(LENGTH.size))
    assignment: Assignment = pickle.loads(_read_exactly(length))
    log = open_daemon_log(assignment.settings.log, pid=True)
    signals: SignalQueue = queue.SimpleQueue()
    threading.Thread(target=_follow_commands, args=(signals, log), daemon=True).start()
    try:
        exit_status = run_processor(assignment, log, supervisor, signals)
        supervisor.send(unrecorded=supervisor.unrecorded)
    except SQConsoleError as error:
        supervisor.send(failed=str(error), final=isinstance(error, _FINAL))
        exit_status = error.exit_code
    sys.exit(exit_status)


def _follow_commands(signals: SignalQueue, log: EventLog) -> None:
    """Pass the supervisor's commands on as signals until the pipe ends."""
    while (command := os.read(_STDIN, 1)) in _SIGNALS:
        signals.put(_SIGNALS[command])
    if command != STOP:
        log.put(
            message_line(WARNING, "supervisor_lost", "The supervisor is gone: draining")
        )
    signals.put(signal.SIGTERM)
    if command == STOP:
        signals.put(signal.SIGINT)


def _read_exactly(length: int) -> bytes:
    """Return exactly *length* bytes of standard input. `sys.stdin` is not used: no
    thread may wait on it when the interpreter ends.
    """
    read = b""
    while len(read) < length:
        chunk = os.read(_STDIN, length - len(read))
        if not chunk:
            raise SystemExit(1)  # the supervisor is gone before it sent all
        read += chunk
    return read
