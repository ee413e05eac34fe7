"""The notifications of systemd (sd_notify): ready, stopping, a status line, and the
watchdog's.

Each is a datagram to the socket that NOTIFY_SOCKET names. Without that variable nothing
is sent; a socket that is gone is ignored.
"""

import os
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from sq_console.daemon.reports import Report
from sq_console.daemon.status_line import StatusLine
from sq_console.model import ProcessorState
from sq_console.processor.events import (
    DrainStarted,
    Event,
    ProcessorStarted,
    ProcessorStopped,
)
from sq_console.text.sanitize import clean

STILL_AT_IT = "EXTEND_TIMEOUT_USEC=30000000"
"""Extends the timeout of the start, or of the stop: neither waiting for the database
nor for calls in flight is a failure.
"""


class Watchdog:
    """Sends `WATCHDOG=1` twice within the time that WATCHDOG_USEC allows, when that is
    meant for this process.
    """

    def __init__(
        self,
        send: Callable[[str], None],
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._clock = clock
        self._fed_at = float("-inf")
        self.interval_secs = _interval_secs(environ)
        """None: no watchdog waits."""

    def feed(self) -> None:
        """Send it when it is due. To be called as long as everything moves."""
        now = self._clock()
        if self.interval_secs is not None and now - self._fed_at >= self.interval_secs:
            self._fed_at = now
            self._send("WATCHDOG=1")


def _interval_secs(environ: Mapping[str, str]) -> float | None:
    """Return half of the time that the watchdog waits, less a tenth: reports come once
    a second, or a little later.
    """
    allowed, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not re.fullmatch("[0-9]{1,18}", allowed) or pid not in ("", str(os.getpid())):
        return None
    return int(allowed) / 2_000_000 * 0.9 or None


class Notifier:
    """Tells systemd about a daemon of one or more processor processes."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._status_line = StatusLine()
        self._watchdog = Watchdog(self._send, self._environ)
        self._states: dict[str, bool] = {}
        """READY and STOPPING, once they are so; were they taken?"""

    def ready(self) -> None:
        """It is in the table and about to claim; only the first time is sent."""
        self._states.setdefault("READY=1", False)
        self._send_states()

    def stopping(self) -> None:
        """It claims nothing more; only the first time is sent."""
        self._states.setdefault("STOPPING=1", False)
        self._send_states()

    def waits(self, trouble: str) -> None:
        """It waits for the database, and has no processor yet."""
        self._watchdog.feed()
        self._send(STILL_AT_IT)
        self._send(f"STATUS=starting: {clean(trouble)}")

    def report(
        self, reports: Sequence[Report], *, procs: int = 1, stalled: bool = False
    ) -> None:
        """Send the status, once a second; and as long as nothing is stalled, that it
        lives, and while it starts or drains, that this takes longer.
        """
        self._send_states()
        if not (stalled or any(report.status.stalled for report in reports)):
            self._watchdog.feed()
            states = {report.status.state for report in reports}
            if states & {ProcessorState.STARTING, ProcessorState.DRAINING}:
                self._send(STILL_AT_IT)
        self._send(f"STATUS={self._status_line.of(reports, procs)}")

    def _send_states(self) -> None:
        """Send each until it is taken: a service that is never ready is ended."""
        for state, was_taken in list(self._states.items()):
            self._states[state] = was_taken or notify(state, self._environ)

    def _send(self, state: str) -> None:
        notify(state, self._environ)


class Systemd:
    """Notifies systemd about one processor."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._notifier = Notifier(environ)

    def on_event(self, event: Event) -> None:
        """See `run.Listener`."""
        if isinstance(event, ProcessorStarted):
            self._notifier.ready()
        elif isinstance(event, DrainStarted | ProcessorStopped):
            self._notifier.stopping()

    def on_report(self, report: Report) -> None:
        """See `run.Listener`."""
        self._notifier.report([report])


def notify(state: str, environ: Mapping[str, str] | None = None) -> bool:
    """Send *state*, `READY=1` say, when NOTIFY_SOCKET names a socket; return whether it
    was taken. Never waits: a socket whose reader is late takes nothing more.
    """
    environ = os.environ if environ is None else environ
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    kind = socket.SOCK_DGRAM | getattr(socket, "SOCK_CLOEXEC", 0)
    with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as to_systemd:
        to_systemd.setblocking(False)
        to_systemd.sendto(state.encode(), address)
        return True
    return False
