"""When the row under a cursor may be acted upon.

A cursor that moved by itself is not acted upon for a second: the key was meant for the
row before. While the operator is at work in a list, its cursor's row keeps its place;
a list nobody has touched for a while keeps no gone rows.
"""

from collections.abc import Callable
from time import monotonic

AT_WORK_SECS = 30.0
"""The operator is taken to look at the cursor's row for so long after a key."""
SLID_SECS = 1.0
"""A cursor that moved by itself is not acted upon for so long."""


class CursorGuard:
    """Remembers when the operator touched a list and when its cursor slid."""

    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._touched_at = self._slid_at = -AT_WORK_SECS
        self.is_touched = False
        """The operator has been at work in the list."""

    @property
    def is_at_work(self) -> bool:
        """Has the operator touched the list lately?"""
        return self._steady() - self._touched_at < AT_WORK_SECS

    def touched(self) -> None:
        """Note that the operator is at work in the list."""
        self._touched_at = self._steady()
        self.is_touched = True

    def moved(self) -> None:
        """Note that the operator put the cursor where it is."""
        self.touched()
        self._slid_at = -AT_WORK_SECS

    def slid(self) -> None:
        """Note that the cursor moved by itself."""
        self._slid_at = self._steady()

    def take_slide(self) -> bool:
        """Return whether the cursor slid just now; each slide is reported once."""
        slid = self._steady() - self._slid_at < SLID_SECS
        self._slid_at = -AT_WORK_SECS
        return slid
