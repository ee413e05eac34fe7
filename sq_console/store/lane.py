"""A blocking store awaited from async code: one connection, one thread, one lane.

This is the only bridge between stores and event loops. The connection is opened by the
first call and again by the first call after it broke; calls wait their turn. A lane
that is closed lets the call in progress end, and closes the connection on its own
thread.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sq_console.errors import StoreUnavailable
from sq_console.store.base import Store

T = TypeVar("T")


class StoreLane:
    """One thread with one store in it."""

    def __init__(self, open_store: Callable[[], Store], name: str) -> None:
        self._open_store = open_store
        self._store: Store | None = None
        self._thread = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix=f"sq-{name}"
        )

    async def run(self, use: Callable[[Store], T]) -> T:
        """What *use* returns when given the store on the lane's thread. Raises what it
        raises.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self.run_blocking, use
        )

    def run_blocking(self, use: Callable[[Store], T]) -> T:
        """The same on the calling thread; for the lane's own thread."""
        if self._store is None:
            self._store = self._open_store()
        try:
            return use(self._store)
        except StoreUnavailable:
            self._discard()
            raise

    def _discard(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def close(self) -> None:
        """Close the connection after the call in progress; returns at once."""
        self._thread.submit(self._discard)
        self._thread.shutdown(wait=False)
