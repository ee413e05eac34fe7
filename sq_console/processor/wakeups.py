"""How long the loop sleeps between claims, and what wakes it."""

import asyncio
import random


class PollTimer:
    """What happens after `begin` ends the next nap before it starts: nothing that came
    while the loop was busy is slept through.
    """

    def __init__(self, poll_ms: int) -> None:
        self._poll_secs = poll_ms / 1000
        self._freed = asyncio.Event()
        self._changed = asyncio.Event()

    def reset(self) -> None:
        """A turn of the loop begins, by what is known now."""
        self._freed.clear()
        self._changed.clear()

    def slot_freed(self) -> None:
        """A slot was freed."""
        self._freed.set()

    def state_changed(self) -> None:
        """The processor was told to do something else."""
        self._freed.set()
        self._changed.set()

    async def wait(self, *, wake_on_slot: bool = False) -> None:
        """Sleep one poll interval, more or less; less if a freed slot is enough."""
        waited = self._freed if wake_on_slot else self._changed
        try:
            async with asyncio.timeout(self._poll_secs * random.uniform(0.8, 1.2)):
                await waited.wait()
        except TimeoutError:
            return
