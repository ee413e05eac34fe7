"""How long the loop sleeps between claims, and what wakes it."""

import asyncio
import random


class Naps:
    """What happens after `begin` ends the next nap before it starts: nothing that came
    while the loop was busy is slept through.
    """

    def __init__(self, poll_ms: int) -> None:
        self._poll_secs = poll_ms / 1000
        self._freed = asyncio.Event()
        self._turned = asyncio.Event()

    def begin(self) -> None:
        """A turn of the loop begins, by what is known now."""
        self._freed.clear()
        self._turned.clear()

    def freed(self) -> None:
        """A slot was freed."""
        self._freed.set()

    def turned(self) -> None:
        """The processor was told to do something else."""
        self._freed.set()
        self._turned.set()

    async def nap(self, *, freed_is_enough: bool = False) -> None:
        """Sleep one poll interval, more or less; less if a freed slot is enough."""
        waited = self._freed if freed_is_enough else self._turned
        try:
            async with asyncio.timeout(self._poll_secs * random.uniform(0.8, 1.2)):
                await waited.wait()
        except TimeoutError:
            return
