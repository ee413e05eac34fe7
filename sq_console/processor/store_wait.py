"""How a processor waits, before it starts, for a database that is late.

At boot a server may be up before its database; a replica may be promoted later. A
processor that is to serve waits then, as in an outage. One that has something to do
now, and one whose login is refused, fails at once instead.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sq_console.errors import LoginRefused, StoreUnavailable
from sq_console.processor.status import Goal
from sq_console.processor.store_health import StoreHealth

T = TypeVar("T")


class StartCancelled(Exception):
    """The processor was asked to end before the database was there."""


class StoreWait:
    """Tries until the database is there, or until *cancelled* is set."""

    def __init__(
        self, goal: Goal, health: StoreHealth, cancelled: asyncio.Event
    ) -> None:
        self._goal = goal
        self._health = health
        self._cancelled = cancelled

    async def until_there(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what *work* returns. Raises StartCancelled, and every error that
        waiting does not mend.
        """
        while True:
            try:
                return await self._unless_cancelled(work())
            except LoginRefused:
                raise
            except StoreUnavailable as error:
                if self._goal is not Goal.SERVE:
                    raise
                await self._unless_cancelled(self._health.failed(error))

    async def _unless_cancelled(self, work: Coroutine[Any, Any, T]) -> T:
        doing = asyncio.create_task(work)
        cancelled = asyncio.create_task(self._cancelled.wait())
        either: set[asyncio.Task[Any]] = {doing, cancelled}
        try:
            await asyncio.wait(either, return_when="FIRST_COMPLETED")
            if doing.done():
                return doing.result()
            raise StartCancelled
        finally:
            for each in either:
                each.cancel()
            await asyncio.gather(*either, return_exceptions=True)
