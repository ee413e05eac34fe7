"""The store's lane as screens use it: nothing comes back to a console that closes.

What waits for the store when the operator leaves would go on with a screen that is
being taken down. It is cancelled instead; what it asked of the store is done, unless
the database takes seconds over it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sq_console.store import Store
from sq_console.store.lane import StoreLane

T = TypeVar("T")

LEAVING_SECS = 3.0
"""For what an operator has asked just before leaving."""


class ConsoleLane:
    """A `StoreLane` with the console's lifetime."""

    def __init__(self, lane: StoreLane, is_open: Callable[[], bool]) -> None:
        self._lane = lane
        self._is_open = is_open

    async def run(self, use: Callable[[Store], T]) -> T:
        """What *use* returns when given the store. Raises what it raises, and
        CancelledError when the console has begun to close.
        """
        try:
            return await self._lane.run(use)
        finally:
            if not self._is_open():
                raise asyncio.CancelledError

    def shut_down(self) -> None:
        """Close the connection after the call in progress, which has some seconds."""
        self._lane.shut_down(LEAVING_SECS)
