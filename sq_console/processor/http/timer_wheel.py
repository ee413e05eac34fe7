"""When calls must be over: one timer for all of them.

`asyncio.timeout` gives each call a timer of its own, in a heap full of those that were
cancelled; at thousands of calls a second that was a tenth of what a call costs. Here
the end of a call falls on one of the ticks ahead, and one timer, alive while anything
is called, goes from tick to tick: a call may end a tick late, and never early.
"""

import asyncio
import math
from types import TracebackType
from typing import Any

TICK_SECS = 0.05


class TimerWheel:
    """Those of the calls in one event loop."""

    def __init__(self) -> None:
        self._due: dict[int, set[Deadline]] = {}
        self._last_tick = 0
        self._timer: asyncio.TimerHandle | None = None

    def within(self, secs: float) -> "Deadline":
        """Must be over in *secs*: what the running task does inside `with`."""
        return Deadline(self, secs)

    def schedule(self, deadline: "Deadline", secs: float) -> int:
        """The tick at which *deadline* is due."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        tick = math.ceil((now + secs) / TICK_SECS)
        self._due.setdefault(tick, set()).add(deadline)
        if self._timer is None:
            self._last_tick = int(now / TICK_SECS)
            self._schedule(loop)
        return tick

    def drop(self, deadline: "Deadline", tick: int) -> None:
        """*deadline* need not be watched any more."""
        same = self._due.get(tick)
        if same is not None:
            same.discard(deadline)
            if not same:
                del self._due[tick]

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
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
            self._schedule(loop)


class Deadline:
    """As `asyncio.timeout`: cancels its task and makes a TimeoutError of that, unless
    somebody else cancelled the task as well.
    """

    __slots__ = ("_all", "_cancelling", "_secs", "_task", "_tick", "expired")

    def __init__(self, all_: TimerWheel, secs: float) -> None:
        self._all = all_
        self._secs = secs
        self.expired = False
        """The time was over."""

    def __enter__(self) -> "Deadline":
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._tick = self._all.schedule(self, self._secs)
        return self

    def expire(self) -> None:
        """The time is over."""
        self.expired = True
        self._task.cancel()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._all.drop(self, self._tick)
        if not self.expired:
            return
        is_ours = self._task.uncancel() <= self._cancelling
        if is_ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
