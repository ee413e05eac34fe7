"""A supervisor's look at the database before it starts any processor: if it is late,
one process says so and waits, not each of them.
"""

import asyncio
import threading
from collections.abc import Callable

from sq_console.config import DbSettings
from sq_console.errors import SQConsoleError
from sq_console.processor.events import Emit
from sq_console.processor.status import Goal
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.store_wait import StoreWait
from sq_console.store import open_store
from sq_console.store.lane import StoreLane


class DatabaseCheck:
    """Looks on a thread of its own, so that signals do not wait for it; calls *note*
    when the database is there, or will not be.
    """

    def __init__(
        self, db: DbSettings, emit: Emit, note: Callable[["DatabaseCheck"], None]
    ) -> None:
        self.error: SQConsoleError | None = None
        """Why waiting does not help."""
        self._weather = StoreHealth(emit)
        self._lane = StoreLane(lambda: open_store(db), "first-look")
        self._note = note
        # A daemon thread: whoever is told to end does not wait for it.
        threading.Thread(target=self._run, name="sq-first-look", daemon=True).start()

    @property
    def trouble(self) -> str:
        """One line about the database being away; "" while nothing is known."""
        return self._weather.trouble or ""

    def _run(self) -> None:
        try:
            asyncio.run(self._look())
        except SQConsoleError as error:
            self.error = error
        self._lane.close()
        self._note(self)

    async def _look(self) -> None:
        beginning = StoreWait(Goal.SERVE, self._weather, asyncio.Event())
        await beginning.until_there(
            lambda: self._lane.run(lambda store: store.require_writable())
        )
        self._weather.succeeded()
