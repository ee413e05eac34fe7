"""How long the loop waits between claims, and what wakes it."""

import asyncio
import random


class PollTimer:
    """The wait between two claims. A wake-up that arrives after `reset` while the loop
    is busy is not lost: it ends the next wait before it starts.
    """

    def __init__(self, poll_ms: int) -> None:
        self._poll_secs = poll_ms / 1000
        self._slot_freed = asyncio.Event()
        self._state_changed = asyncio.Event()

    def reset(self) -> None:
        """A turn of the loop begins, by what is known now."""
        self._slot_freed.clear()
        self._state_changed.clear()

    def slot_freed(self) -> None:
        """Wake a loop that waits for a slot."""
        self._slot_freed.set()

    def state_changed(self) -> None:
        """Wake the loop, whatever it waits for."""
        self._slot_freed.set()
        self._state_changed.set()

    async def wait(self, *, wake_on_slot: bool = False) -> None:
        """Wait one poll interval, more or less; less if a freed slot may end it."""
        wake_up = self._slot_freed if wake_on_slot else self._state_changed
        try:
            async with asyncio.timeout(self._poll_secs * random.uniform(0.8, 1.2)):
                await wake_up.wait()
        except TimeoutError:
            return
