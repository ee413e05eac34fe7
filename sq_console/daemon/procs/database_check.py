"""A supervisor's check of the database before it starts any processor.

When the database is not there yet, one process logs that and waits, not each of them.
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
    """Checks on a thread of its own, so that signals do not wait for it. *on_done* is
    called when the database is there, or when waiting for it does not help.
    """

    def __init__(
        self, db: DbSettings, emit: Emit, on_done: Callable[["DatabaseCheck"], None]
    ) -> None:
        self.error: SQConsoleError | None = None
        """Why waiting does not help."""
        self._health = StoreHealth(emit)
        self._lane = StoreLane(lambda: open_store(db), "database-check")
        self._on_done = on_done
        # A daemon thread: the exit of the process does not wait for it.
        threading.Thread(
            target=self._check_until_done, name="sq-database-check", daemon=True
        ).start()

    @property
    def trouble(self) -> str:
        """One line about the outage of the database; "" when none is known."""
        return self._health.trouble or ""

    def _check_until_done(self) -> None:
        try:
            asyncio.run(self._check())
        except SQConsoleError as error:
            self.error = error
        self._lane.shut_down()
        self._on_done(self)

    async def _check(self) -> None:
        store_wait = StoreWait(Goal.SERVE, self._health, asyncio.Event())
        await store_wait.until_there(
            lambda: self._lane.run(lambda store: store.require_writable())
        )
        self._health.succeeded()
