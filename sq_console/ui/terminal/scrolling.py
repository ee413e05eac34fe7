"""Rows that have moved: the terminal moves what it shows, and only the rest is sent.

A list or a text that is scrolled by a line paints all of its rows anew, though most of
them stand on the screen already, one line further up or down.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sq_console.ui.terminal.runs import UNKNOWN, Cell

_FEWEST = 3
"""Rows that have moved together."""
_FEWEST_CELLS = 40
"""So many are not sent, or the sequences that move rows were no shorter."""
_EDGE = 2
"""Cells at both ends of a row that need not be alike: a cursor, a scroll bar."""
Rows = Sequence[list[Cell]]


@dataclass(frozen=True, slots=True)
class Scroll:
    """The rows from *top* to *bottom* move up by *by*, or down where it is negative."""

    top: int
    bottom: int
    by: int

    @property
    def moving(self) -> range:
        """All that move, or make way."""
        return range(self.top, self.bottom + 1)

    def sequence(self) -> str:
        """Return what makes a terminal move them; where it leaves the cursor, terminals
        disagree.
        """
        start = f"\x1b[{self.top + 1};{self.bottom + 1}r"
        row, step = (self.bottom, "\n") if self.by > 0 else (self.top, "\x1bM")
        return f"{start}\x1b[{row + 1}H{step * abs(self.by)}\x1b[r"

    def moved(self, shown: Rows) -> list[list[Cell]]:
        """Return what the rows show then: the new ones are unknown."""
        new = [[UNKNOWN] * len(shown[0]) for _ in range(abs(self.by))]
        if self.by > 0:
            return [*shown[self.top + self.by : self.bottom + 1], *new]
        return [*new, *shown[self.top : self.bottom + 1 + self.by]]


def scroll_of(shown: Rows, meant: Rows, written: Iterable[int]) -> Scroll | None:
    """Return the scroll that spares most cells of the rows *written*, if one does."""
    changed = [row for row in sorted(written) if shown[row] != meant[row]]
    if len(changed) < _FEWEST:
        return None
    places: dict[tuple[Cell, ...], list[int]] = defaultdict(list)
    for row in range(changed[0], changed[-1] + 1):
        places[tuple(shown[row][_EDGE:-_EDGE])].append(row)
    moves: Counter[int] = Counter()
    found: dict[int, list[int]] = defaultdict(list)
    for row in changed:
        was = places.get(tuple(meant[row][_EDGE:-_EDGE]), [])
        if len(was) == 1 and was[0] != row:  # blank rows are many
            moves[was[0] - row] += 1
            found[was[0] - row].append(row)
    for by, number in moves.most_common(1):
        if number >= _FEWEST:
            rows = [*found[by], *(row + by for row in found[by])]
            scroll = Scroll(min(rows), max(rows), by)
            return scroll if _saves(scroll, shown, meant) else None
    return None


def _saves(scroll: Scroll, shown: Rows, meant: Rows) -> bool:
    if any(UNKNOWN in meant[row] for row in scroll.moving):
        return False  # what is there cannot be sent again
    before = sum(_differing(shown[row], meant[row]) for row in scroll.moving)
    after = sum(
        _differing(was, meant[row])
        for row, was in zip(scroll.moving, scroll.moved(shown), strict=True)
    )
    return before - after >= _FEWEST_CELLS


def _differing(shown: list[Cell], meant: list[Cell]) -> int:
    return sum(was != now for was, now in zip(shown, meant, strict=True))
