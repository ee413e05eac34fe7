"""The deadlines of all calls, with a single timer.

`asyncio.timeout` gives each call a timer of its own, in a heap full of cancelled ones;
at thousands of calls a second that was a tenth of the cost of a call. Here each
deadline falls on a tick, and one timer, which exists while any call is in flight, goes
from tick to tick: a call may expire a tick late, and never early.
"""

import asyncio
import math
from types import TracebackType
from typing import Any

TICK_SECS = 0.05


class TimerWheel:
    """The deadlines of the calls in one event loop."""

    def __init__(self) -> None:
        self._due: dict[int, set[Deadline]] = {}
        self._last_tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def deadline(self, secs: float) -> "Deadline":
        """Return a deadline in *secs* for the running task; use it with `with`."""
        return Deadline(self, secs)

    def schedule(self, deadline: "Deadline", secs: float) -> int:
        """Schedule *deadline* and return its tick."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        tick = math.ceil((now + secs) / TICK_SECS)
        self._due.setdefault(tick, set()).add(deadline)
        if self._timer is None:
            self._last_tick = int(now / TICK_SECS)
            self._start_timer(loop)
        return tick

    def cancel(self, deadline: "Deadline", tick: int) -> None:
        """Remove *deadline*: its call has ended."""
        due_together = self._due.get(tick)
        if due_together is not None:
            due_together.discard(deadline)
            if not due_together:
                del self._due[tick]

    def _start_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = loop.call_at(
            (self._last_tick + 1) * TICK_SECS, self._expire_due, loop
        )

    def _expire_due(self, loop: asyncio.AbstractEventLoop) -> None:
        now = int(loop.time() / TICK_SECS)
        for tick in range(self._last_tick + 1, now + 1):
            for deadline in self._due.pop(tick, ()):
                deadline.expire()
        self._last_tick = now
        self._timer = None
        if self._due:
            self._start_timer(loop)


class Deadline:
    """As `asyncio.timeout`: cancels its task and turns the cancellation into a
    TimeoutError, unless the task was cancelled by someone else as well.
    """

    __slots__ = ("_cancelling", "_secs", "_task", "_tick", "_wheel", "expired")

    def __init__(self, wheel: TimerWheel, secs: float) -> None:
        self._wheel = wheel
        self._secs = secs
        self.expired = False
        """True once the deadline has passed."""

    def __enter__(self) -> "Deadline":
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._tick = self._wheel.schedule(self, self._secs)
        return self

    def expire(self) -> None:
        """Cancel the task: the deadline has passed."""
        self.expired = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._wheel.cancel(self, self._tick)
        if not self.expired:
            return
        is_ours = self._task.uncancel() <= self._cancelling
        if is_ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
