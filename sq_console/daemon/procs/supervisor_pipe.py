"""The pipe on which a child process reports to its supervisor, in lines of JSON.

The supervisor may stand still, and the pipe be full: then the reports of each second
wait or are left out, so that the child goes on.
"""

import contextlib
import json
import os
import select
import threading

from sq_console.daemon.reports import Report
from sq_console.processor.events import (
    Event,
    IdChosen,
    ProcessorStarted,
    ProcessorStopped,
)

_PIECE_BYTES = 4_096
"""What a pipe that is ready to be written takes without waiting."""


class SupervisorPipe:
    """Reports events and the status of the processor to its supervisor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._lock = threading.Lock()
        self._unsent = b""
        self._ready = select.poll()
        self._ready.register(fd, select.POLLOUT)
        self.unrecorded = 0
        """Outcomes that the processor could not record."""

    def on_event(self, event: Event) -> None:
        """See `run.Listener`."""
        match event:
            case IdChosen(processor_id):
                # Sent before the row is inserted: a child that died between the two
                # would leave a row that its supervisor does not know.
                self.send(processor_id=processor_id)
            case ProcessorStarted():
                self.send(started=True)
            case ProcessorStopped():
                self.unrecorded = event.unrecorded

    def on_report(self, report: Report) -> None:
        """See `run.Listener`. Never waits; what the pipe does not take is sent later,
        and until then no other report.
        """
        with self._lock, contextlib.suppress(OSError):
            if not self._unsent:
                self._unsent = _line({"report": report.to_json()})
            while self._unsent and self._ready.poll(0):
                written = os.write(self._fd, self._unsent[:_PIECE_BYTES])
                self._unsent = self._unsent[written:]

    def send(self, **fields: object) -> None:
        """Send one line. The supervisor may be gone: errors are ignored."""
        with self._lock, contextlib.suppress(OSError):
            self._unsent += _line(fields)
            while self._unsent:
                written = os.write(self._fd, self._unsent)
                self._unsent = self._unsent[written:]


def _line(fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"
