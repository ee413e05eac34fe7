"""What the rows of a list have needed lately. Rows come and go: a column that one of
them needed stays for a while, so that the cells of all others do not move.
"""

from collections.abc import Callable, Mapping
from time import monotonic

ColumnNeeds = Mapping[str, int]
"""Cells by title; a column that is missing is not needed."""
NEEDED_SECS = 30.0
"""A column stays for so long after no row has needed it."""


class ColumnMemory:
    """Needs, and when there were last rows with them."""

    def __init__(self, steady: Callable[[], float] = monotonic) -> None:
        self._steady = steady
        self._needed: dict[tuple[str, int], float] = {}

    def joined(self, needs: ColumnNeeds) -> ColumnNeeds:
        """Return *needs*, and what else was needed lately."""
        now = self._steady()
        self._needed.update(dict.fromkeys(needs.items(), now))
        self._needed = {
            need: at for need, at in self._needed.items() if now - at < NEEDED_SECS
        }
        joined: dict[str, int] = {}
        for title, cells in self._needed:
            joined[title] = max(cells, joined.get(title, 0))
        return joined

    def forget(self) -> None:
        """Forget all: the rows are of another filter, or another page."""
        self._needed.clear()
