"""What systemd wants to know (sd_notify): ready, stopping, and a line of status.

A datagram to the socket it names; without one nothing is sent, and a socket that is
gone changes nothing.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


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
