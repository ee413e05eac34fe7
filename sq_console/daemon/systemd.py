"""What systemd wants to know (sd_notify): ready, stopping, and a line of status.

A datagram to the socket it names; without one nothing is sent, and a socket that is
gone changes nothing.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from sq_console.model import ProcessorState
from sq_console.processor.events import (
    DrainStarted,
    Event,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.processor.status import Status
from sq_console.text.humanize import plural
from sq_console.text.sanitize import clean

STARTING_STILL = "EXTEND_TIMEOUT_USEC=30000000"
"""A start that waits for the database has not failed: give it so much longer."""


class Systemd:
    """Told by one processor."""

    def on_event(self, event: Event) -> None:
        """See `run.Listener`."""
        if isinstance(event, ProcessorStarted):
            notify("READY=1")
        elif isinstance(event, DrainStarted | ProcessorStopped):
            notify("STOPPING=1")

    def on_status(self, status: Status) -> None:
        """See `run.Listener`."""
        # A line feed would begin another assignment.
        trouble = f", {clean(status.trouble)}" if status.trouble else ""
        if status.state is ProcessorState.STARTING:
            notify(STARTING_STILL)
        notify(
            f"STATUS={status.state}: {plural(status.in_flight, 'call')} in flight,"
            f" {status.called} done{trouble}"
        )


def notify(state: str, environ: Mapping[str, str] | None = None) -> None:
    """Send *state*, `READY=1` say, if there is anyone to send it to."""
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
