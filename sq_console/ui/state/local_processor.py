"""The processor in this console, or the lack of one, as the screen sees it.

All calls return at once, but for `end`, which waits without holding up the screen.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sq_console.model import ProcessorState
from sq_console.ui.terminal.signals import FLUSH_SECS

if TYPE_CHECKING:
    from sq_console.processor.status import Status
    from sq_console.processor.thread import ProcessorThread


class LocalProcessor:
    """A processor thread, if the console was given one."""

    def __init__(self, thread: ProcessorThread | None, drain_secs: int) -> None:
        self._thread = thread
        self.drain_secs = drain_secs
        self.ending = False
        """The operator wants to quit."""

    def start(self) -> None:
        """Begin to process."""
        if self._thread is not None:
            self._thread.start()

    def key_pressed(self) -> None:
        """A key was pressed: no new call is started for a moment."""
        if self._thread is not None:
            self._thread.key_pressed()

    def status(self) -> Status | None:
        """What it says of itself; None when there is none."""
        return None if self._thread is None else self._thread.status()

    def why_ended(self) -> str | None:
        """Why it ended although the operator did not quit."""
        status = self.status()
        if self._thread is None or status is None or self.ending:
            return None
        if status.state is not ProcessorState.STOPPED:
            return None
        error = self._thread.error
        return "it was told to" if error is None else str(error) or repr(error)

    def pause(self, why: str) -> None:
        """Claim no more."""
        if self._thread is not None:
            self._thread.pause(why)

    def resume(self) -> None:
        """Claim again."""
        if self._thread is not None:
            self._thread.resume()

    def abort(self) -> None:
        """Abort its calls."""
        if self._thread is not None:
            self._thread.stop()

    async def end(self, *, stop: bool) -> None:
        """Drain it, or stop it, and wait for that."""
        if self._thread is None:
            return
        self.ending = True
        if stop:
            self._thread.stop()
        else:
            self._thread.drain()
        await asyncio.to_thread(self._thread.join, self.drain_secs + FLUSH_SECS)
