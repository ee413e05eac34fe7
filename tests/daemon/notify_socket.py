"""The socket of a systemd that only listens."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.waiting import eventually


class NotifySocket:
    """A datagram socket; `datagrams` are those received so far."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)
        self._received: list[str] = []

    @property
    def datagrams(self) -> list[str]:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._received.append(self._socket.recv(65_536).decode())
        return self._received

    def forget(self) -> None:
        """Forget what was received so far."""
        self.datagrams.clear()

    def count(self, state: str) -> int:
        """How often *state* was received."""
        return self.datagrams.count(state)

    def status(self, fits: Callable[[str], bool], timeout_secs: float = 30) -> str:
        """Wait for a status line that *fits*, and return it."""
        return eventually(
            lambda: next(
                (
                    line.removeprefix("STATUS=")
                    for line in self.datagrams
                    if line.startswith("STATUS=") and fits(line[7:])
                ),
                "",
            ),
            timeout_secs,
        )

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def notify_socket(path: Path) -> Iterator[NotifySocket]:
    """The socket, closed at the end."""
    systemd = NotifySocket(path)
    try:
        yield systemd
    finally:
        systemd.close()
