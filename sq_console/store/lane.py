"""A blocking store awaited from async code: one connection, one thread, one lane.

This is the only bridge between stores and event loops. The connection is opened by the
first call and again by the first call after it broke; calls wait their turn. A lane
that is closed lets the call in progress end, and closes the connection on its own
thread. That is not one of an executor's: those are waited for when the program ends,
and a database that hangs would hold it up.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from sq_console.errors import SQConsoleError, StoreRefused, StoreUnavailable
from sq_console.store.assembly import Store

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
        self._renewing = False
        self._thread = threading.Thread(
            target=self._work, name=f"sq-{name}", daemon=True
        )

    async def run(self, use: Callable[[Store], T]) -> T:
        """What *use* returns when given the store on the lane's thread. Raises what it
        raises; what it could not make sense of is a StoreRefused. Once the lane is
        closed, StoreUnavailable.
        """
        if self._closed:
            raise StoreUnavailable("the connection is closed")
        answer: Future[T] = Future()
        self._calls.put((answer, use))
        if self._thread.ident is None:
            self._thread.start()
        return await asyncio.wrap_future(answer)

    def run_blocking(self, use: Callable[[Store], T]) -> T:
        """The same on the calling thread; for the lane's own thread."""
        if self._renewing:
            self._renewing = False
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
            # A value nobody thought of: one failed call, not the end of who asked.
            self._discard()
            raise StoreRefused(
                f"unexpected answer of the database: {error!r}"
            ) from error

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            answer, use = call
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(self.run_blocking(use))
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                answer.set_exception(error)
            del answer, use, call  # or they would live until the next call
        self._discard()

    def _discard(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def renew(self) -> None:
        """Let the next call have another connection than those before it."""
        self._renewing = True

    def close(self, secs: float = CLOSING_SECS) -> None:
        """Close the connection after the calls that were made; waits for that, but not
        for long.
        """
        self._closed = True
        self._calls.put(None)
        if self._thread.ident is None:
            self._discard()
        else:
            self._thread.join(secs)
