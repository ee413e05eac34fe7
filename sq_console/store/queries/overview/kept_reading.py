"""A reading that is kept for a while, since it costs more than the others."""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

V = TypeVar("V")

BUSY_SHARE = 0.005
"""Reading again takes no more of the time than this."""


class KeptReading(Generic[V]):
    """One value, and until when it is not read again."""

    def __init__(
        self, least_secs: float, steady: Callable[[], float] = monotonic
    ) -> None:
        """It is kept for *least_secs*, and longer where reading it takes long."""
        self._least_secs = least_secs
        self._steady = steady
        self._until = float("-inf")
        self._known: tuple[Hashable, V] | None = None

    def value(self, read: Callable[[], V], key: Hashable = None) -> V:
        """Return the value that is kept for *key*, or what *read* returns."""
        begun = self._steady()
        known = self._known
        if known is not None and known[0] == key and begun < self._until:
            return known[1]
        value = read()
        ended = self._steady()
        self._known = key, value
        self._until = ended + max(self._least_secs, (ended - begun) / BUSY_SHARE)
        return value
