"""How a processor begins: it waits for a database that is late.

At boot a server may be up before its database; a replica may be promoted later. Who is
to serve waits then, as in an outage. Who is to do something now, and whoever is not let
in, is told so at once instead.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from sq_console.errors import LoginRefused, StoreUnavailable
from sq_console.processor.status import Goal
from sq_console.processor.store_health import StoreHealth

T = TypeVar("T")


class Aborted(Exception):
    """It was told to end before it could begin."""


class StoreWait:
    """Tries until the database is there, or until *leaving* is set."""

    def __init__(
        self, goal: Goal, weather: StoreHealth, leaving: asyncio.Event
    ) -> None:
        self._goal = goal
        self._weather = weather
        self._leaving = leaving

    async def until_there(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What *work* comes to. Raises Aborted, and whatever waiting does not mend."""
        while True:
            try:
                return await self._unless_left(work())
            except LoginRefused:
                raise
            except StoreUnavailable as error:
                if self._goal is not Goal.SERVE:
                    raise
                await self._unless_left(self._weather.failed(error))

    async def _unless_left(self, doing: Coroutine[Any, Any, T]) -> T:
        work = asyncio.create_task(doing)
        left = asyncio.create_task(self._leaving.wait())
        both: set[asyncio.Task[Any]] = {work, left}
        try:
            await asyncio.wait(both, return_when="FIRST_COMPLETED")
            if work.done():
                return work.result()
            raise Aborted
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)
