"""Keeps idle connections for the next request to the same origin.

A server closes idle connections after a time of its own, and a request that meets the
close is lost. So a connection is kept for less than the shortest such time in use, and
the most recent one is used first. The event loop says when the peer closes one; where
it may be late, because it was held up, the socket itself is asked in the moment of use.

Each is an open file, and calls to thousands of hosts leave thousands: only so many are
kept, and the oldest goes first.

Some servers close without a word when they have answered. Where a request was lost that
way, no connection is kept for a while.
"""

import asyncio

from sq_console.processor.http.transport.connection import Connection

_KEPT_SECS = 2.0
_SWEEP_SECS = 1.0
_DISTRUSTED_SECS = 30.0
ASKED_AFTER_SECS = 0.02
"""Of one that was idle for less, the loop is not late. To ask the socket lets go of the
interpreter's lock, which costs more than a system call.
"""


class IdleConnections:
    """The idle connections of one transport, by origin."""

    def __init__(self, max_kept: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._max_kept = max_kept
        self._by_origin: dict[str, list[Connection]] = {}
        self._origins: dict[Connection, str] = {}
        """The origin of each; the oldest first."""
        self._distrusted: dict[str, float] = {}
        """Until when no connection to an origin is kept."""
        self._timer: asyncio.TimerHandle | None = None

    def reuse(self, origin: str) -> Connection | None:
        """Take a connection that is open, as far as this machine knows."""
        idle = self._by_origin.get(origin)
        if idle is None:
            return None
        now = self._loop.time()
        while idle:
            connection = idle.pop()
            del self._origins[connection]
            idle_secs = now - connection.idle_since
            if idle_secs < ASKED_AFTER_SECS and connection.is_open:
                return connection
            if idle_secs < _KEPT_SECS and not connection.is_stale():
                return connection
            connection.close()
        del self._by_origin[origin]
        return None

    def keep(self, origin: str, connection: Connection) -> None:
        """Keep *connection*, unless it is closed, for another request to *origin*."""
        if not connection.is_open:
            return
        if origin in self._distrusted:
            connection.close()
            return
        connection.idle_since = self._loop.time()
        idle = self._by_origin.get(origin)
        if idle is None:
            self._by_origin[origin] = [connection]
        else:
            idle.append(connection)
        self._origins[connection] = origin
        if len(self._origins) > self._max_kept:
            self._drop_oldest()
        self._sweep_soon()

    def distrust(self, origin: str) -> None:
        """A connection to *origin* was reused, and ended without a response."""
        self._distrusted[origin] = self._loop.time() + _DISTRUSTED_SECS
        self._sweep_soon()

    def close_all(self) -> None:
        """Close every connection."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._max_kept = 0  # a call that ends after this keeps none
        for connection in self._origins:
            connection.abort()
        self._origins.clear()
        self._by_origin.clear()

    def _drop_oldest(self) -> None:
        """Close it at once: an orderly close would keep the file open for a while."""
        oldest, origin = next(iter(self._origins.items()))
        self._forget(oldest, origin)
        oldest.abort()

    def _forget(self, connection: Connection, origin: str) -> None:
        del self._origins[connection]
        self._by_origin[origin].remove(connection)

    def _sweep_soon(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(_SWEEP_SECS, self._sweep)

    def _sweep(self) -> None:
        now = self._loop.time()
        oldest = now - _KEPT_SECS
        for connection, origin in list(self._origins.items()):
            if not connection.is_open or connection.idle_since < oldest:
                self._forget(connection, origin)
                connection.close()
        self._by_origin = {
            origin: idle for origin, idle in self._by_origin.items() if idle
        }
        self._distrusted = {
            origin: until for origin, until in self._distrusted.items() if until > now
        }
        self._timer = None
        if self._by_origin or self._distrusted:
            self._sweep_soon()
