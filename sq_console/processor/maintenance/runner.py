"""Periodic duties, each run when it is due: the heartbeat asks once a control interval.

A new duty is a file of this package with an `async` method that raises StoreError, and
an entry in the list that `processor.Processor` makes.
"""

from collections.abc import Awaitable, Callable, Sequence

from sq_console.processor.registration import now_secs


class Duty:
    """Something to do once an interval; the first time after half of one."""

    def __init__(
        self,
        perform: Callable[[], Awaitable[None]],
        interval_secs: float,
        clock: Callable[[], float] = now_secs,
    ) -> None:
        self._perform = perform
        self._interval_secs = interval_secs
        self._clock = clock
        self._due_at = clock() + interval_secs / 2

    async def perform_if_due(self) -> None:
        """Perform the duty if its interval is over; a failed one waits for the next."""
        now = self._clock()
        if now >= self._due_at:
            self._due_at = now + self._interval_secs
            await self._perform()


class MaintenanceRunner:
    """Runs duties one after the other."""

    def __init__(self, duties: Sequence[Duty]) -> None:
        self._duties = duties

    async def run_due(self) -> None:
        """Perform every duty that is due. Raises StoreError."""
        for duty in self._duties:
            await duty.perform_if_due()
