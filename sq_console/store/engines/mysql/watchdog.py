"""A deadline for every connect and every statement, however slowly the bytes come.

PyMySQL bounds the time between two reads, so a server or a network that sends a byte
now and then blocks a thread for ever, and with it a heartbeat. One daemon thread checks
all open connections twice a second and shuts down the socket of one that has taken too
long: the read that waits on it fails at once, and the connection is thrown away, as
after any other break. A statement costs two assignments; no lock, no timer.

A shutdown that comes a moment late hits the connection's next statement, which is then
run on a new connection. Looking up the database's name is not covered: there is no
socket yet.
"""

import math
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CHECK_SECS = 0.5


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long the database may take. Constants; only tests shorten them."""

    dial_secs: float = 5.0
    """For the TCP connection, per address."""
    login_secs: float = 10.0
    """For connection, handshake and session settings together."""
    silence_secs: float = 10.0
    """Between two bytes: more than the 6 s a Galera cluster stalls when a node dies."""
    statement_secs: float = 20.0
    """For a statement and the whole of its result; below the 25 s of the fence."""
    idle_secs: float = 20.0
    """A connection unused for this long is replaced before its next use; after half as
    long again the server ends it, and with it the locks of a client that stands still.
    """


_DAY_SECS = 86_400.0
FOR_HOURS = Timeouts(
    silence_secs=_DAY_SECS, statement_secs=_DAY_SECS, idle_secs=_DAY_SECS / 4
)
"""For statements that change whole tables."""


class WatchedConnection:
    """One connection and until when it must have answered. Its own thread writes that,
    the watchdog reads it.
    """

    def __init__(self, connection: object) -> None:
        self._connection = connection
        self._until = math.inf

    @contextmanager
    def within(self, secs: float) -> Iterator[None]:
        """Bound what is done inside to *secs*."""
        self._until = time.monotonic() + secs
        try:
            yield
        finally:
            self._until = math.inf

    def check_deadline(self, now: float) -> None:
        """Shut the socket down if its time is over."""
        sock: socket.socket | None = getattr(self._connection, "_sock", None)
        if now < self._until or sock is None:
            return
        try:
            # The plain socket's: TLS would change its object under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return  # closed meanwhile, or wrapped in TLS now: checked again


class _Watchdog:
    """The thread, alive while there is a connection to check."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[WatchedConnection] = weakref.WeakSet()
        self._thread: threading.Thread | None = None

    def add(self, watched: WatchedConnection) -> None:
        with self._lock:
            self._all.add(watched)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="sq-watchdog", daemon=True
                )
                self._thread.start()

    def _run(self) -> None:
        while self._check_all():
            time.sleep(CHECK_SECS)

    def _check_all(self) -> bool:
        with self._lock:
            everything = list(self._all)
            if not everything:
                self._thread = None
                return False
        now = time.monotonic()
        for watched in everything:
            watched.check_deadline(now)
        return True


_WATCHDOG = _Watchdog()


def watch(connection: object) -> WatchedConnection:
    """Watch *connection*, one of PyMySQL's, for as long as the result is kept."""
    watched = WatchedConnection(connection)
    _WATCHDOG.add(watched)
    return watched
