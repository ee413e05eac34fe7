"""A blocking store awaited from async code: one connection, one thread, one lane.

This is the only bridge between stores and event loops. The connection is opened by the
first call, and again by the first call after it broke; calls wait their turn. A lane
that is shut down lets the call in progress end, and closes the connection on its own
thread. The thread is not an executor's: Python waits for those when the program ends,
and a database that hangs would delay the exit.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from sq_console.errors import SQConsoleError, StoreRefused, StoreUnavailable
from sq_console.store.parts import Store

T = TypeVar("T")

CLOSING_SECS = 0.5
_Call = tuple[Future[Any], Callable[[Store], Any]]


class StoreLane:
    """One thread with one store in it."""

    def __init__(self, open_store: Callable[[], Store], name: str) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._closed = False
        self._must_renew = False
        self._moved_at = time.monotonic()
        self.is_busy = False
        """A call is in progress."""
        self._thread = threading.Thread(
            target=self._run_calls, name=f"sq-{name}", daemon=True
        )

    @property
    def moved_at(self) -> float:
        """When a call or a statement in one last began or ended, by `time.monotonic`.
        The wait for a statement is bounded: a busy lane that does not move for much
        longer hangs. May be read on any thread.
        """
        store = self._store
        stepped_at = 0.0 if store is None else store.session.stepped_at
        return max(self._moved_at, stepped_at)

    async def run(self, use: Callable[[Store], T]) -> T:
        """Return what *use* returns when it is called with the store on the lane's
        thread. Raises what it raises; an exception that is not ours becomes a
        StoreRefused. Raises StoreUnavailable once the lane is shut down.
        """
        if self._closed:
            raise StoreUnavailable("the connection is closed")
        answer: Future[T] = Future()
        self._calls.put((answer, use))
        if self._thread.ident is None:
            self._thread.start()
        return await asyncio.wrap_future(answer)

    def run_blocking(self, use: Callable[[Store], T]) -> T:
        """Do the same on the calling thread; for the lane's own thread."""
        if self._must_renew:
            self._must_renew = False
            self._discard()
        if self._store is None:
            self._store = self._open_store()
        try:
            return use(self._store)
        except StoreUnavailable:
            self._discard()
            raise
        except SQConsoleError:
            raise
        except Exception as error:
            # A value nobody thought of: one failed call, not the end of its caller.
            self._discard()
            raise StoreRefused(
                f"unexpected answer of the database: {error!r}"
            ) from error

    def _run_calls(self) -> None:
        while (call := self._calls.get()) is not None:
            self._moved_at, self.is_busy = time.monotonic(), True
            self._carry_out(*call)
            self._moved_at, self.is_busy = time.monotonic(), False
            del call  # or it would live until the next one
        self._discard()

    def _carry_out(self, answer: Future[Any], use: Callable[[Store], Any]) -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(self.run_blocking(use))
        except BaseException as error:  # noqa: BLE001 - it is the caller's
            answer.set_exception(error)

    def _discard(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def renew(self) -> None:
        """Let the next call have a new connection."""
        self._must_renew = True

    def shut_down(self, secs: float = CLOSING_SECS) -> None:
        """Close the connection after the calls made so far; wait for that, but not for
        long.
        """
        self._closed = True
        self._calls.put(None)
        if self._thread.ident is None:
            self._discard()
        else:
            self._thread.join(secs)
