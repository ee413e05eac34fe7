"""Whether the event loop of a processor comes round."""

import asyncio
import time

from sq_console.processor.stalls.standstill import stalled_for
from sq_console.processor.status import Times

_LOOP_SECS = 0.5


class LoopWatch:
    """Notices when the event loop does not come round."""

    def __init__(self, times: Times) -> None:
        self._limit_secs = times.loop_stall
        self._moved_at = time.monotonic()

    async def watch_forever(self) -> None:
        """Note each turn of the loop, for ever."""
        while True:
            self._moved_at = time.monotonic()
            await asyncio.sleep(min(_LOOP_SECS, self._limit_secs / 4))

    @property
    def stalled(self) -> str | None:
        """Say for how long the loop stands still; None while it moves."""
        return stalled_for("the event loop", self._moved_at, self._limit_secs)
