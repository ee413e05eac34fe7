"""The notifications of systemd (sd_notify): ready, stopping, and a status line.

Each is a datagram to the socket that NOTIFY_SOCKET names. Without that variable nothing
is sent; a socket that is gone is ignored.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from sq_console.daemon.reports import Report
from sq_console.model import ProcessorState
from sq_console.processor.events import (
    DrainStarted,
    Event,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.text.humanize import plural
from sq_console.text.sanitize import clean

STARTING_STILL = "EXTEND_TIMEOUT_USEC=30000000"
"""Extends the start timeout: waiting for the database is not a failed start."""


class Systemd:
    """Notifies systemd about one processor."""

    def on_event(self, event: Event) -> None:
        """See `run.Listener`."""
        if isinstance(event, ProcessorStarted):
            notify("READY=1")
        elif isinstance(event, DrainStarted | ProcessorStopped):
            notify("STOPPING=1")

    def on_report(self, report: Report) -> None:
        """See `run.Listener`."""
        status = report.status
        # A line feed would begin another variable of the datagram.
        trouble = f", {clean(status.trouble)}" if status.trouble else ""
        if status.state is ProcessorState.STARTING:
            notify(STARTING_STILL)
        notify(
            f"STATUS={status.state}: {plural(status.in_flight, 'call')} in flight,"
            f" {status.called} done{trouble}"
        )


def notify(state: str, environ: Mapping[str, str] | None = None) -> None:
    """Send *state*, `READY=1` say, when NOTIFY_SOCKET names a socket."""
    environ = os.environ if environ is None else environ
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    kind = socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)
    with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as to_systemd:
        to_systemd.setblocking(False)
        to_systemd.sendto(state.encode(), address)
