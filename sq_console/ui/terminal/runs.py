"""Runs: neighbouring cells that are sent in one go, and the order that is shortest.

A cell is a character and its pen; a blank's pen has only what is seen on a blank. Runs
are sent in the order of the screen, or pen by pen, whichever takes fewer bytes: a move
of the cursor is shorter than a change of colours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sq_console.ui.terminal import pens
from sq_console.ui.terminal.cursor_moves import Place, move

Cell = tuple[str, str]
UNKNOWN: Cell = ("", "?")
"""A cell of which nothing is known."""
_GAP = 4
"""So many cells that stay are sent again where a move would not be shorter."""
_ERASED_TAIL, _ERASED = 4, 11
"""So many blanks are longer than the sequence that erases them, at the end of a line
and within it.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Cells of one row and one pen, from column *start*."""

    row: int
    start: int
    text: str
    pen: str
    is_blank: bool
    """Any pen will do that looks the same on blanks."""
    erasing: str = ""
    """What erases the cells in place of writing blanks over them; the cursor stays."""


@dataclass(frozen=True, slots=True)
class TerminalState:
    """Where the cursor is and what is set; None: unknown."""

    at: Place | None = None
    pen: str | None = None


def runs_of(
    row: int, shown: Sequence[Cell], meant: Sequence[Cell], *, keeps_colour: bool
) -> list[Run]:
    """Return the runs that make *meant* of a row that shows *shown*. Erased cells have
    the colour behind the letters only on terminals of which *keeps_colour* says so.
    """
    changed = _ChangedRow(row, shown, meant, keeps_colour)
    runs: list[Run] = []
    x = 0
    while x < len(meant):
        if meant[x] in (shown[x], UNKNOWN):
            x += 1
            continue
        run = changed.erased(x) or changed.written(x)
        runs.append(run)
        x = run.start + len(run.text)
    return runs


@dataclass(frozen=True, slots=True)
class _ChangedRow:
    row: int
    shown: Sequence[Cell]
    meant: Sequence[Cell]
    keeps_colour: bool

    def erased(self, start: int) -> Run | None:
        """Return the run that erases the blanks from *start* on, if it is shorter."""
        cell = self.meant[start]
        if cell[0] != " " or not self._is_erasable(cell[1]):
            return None
        end = last = start
        while end < len(self.meant) and self.meant[end] == cell:
            end += 1
            if self.shown[end - 1] != cell:
                last = end
        blanks = " " * (last - start)
        if end == len(self.meant) and len(blanks) >= _ERASED_TAIL:
            sequence = "\x1b[K"
        elif len(blanks) >= _ERASED:
            sequence = f"\x1b[{len(blanks)}X"
        else:
            return None
        return Run(self.row, start, blanks, cell[1], is_blank=True, erasing=sequence)

    def _is_erasable(self, pen: str) -> bool:
        return pens.is_background(pen) if self.keeps_colour else not pen

    def written(self, start: int) -> Run:
        """Return the run of what one pen writes from *start* on."""
        look = pens.of_blank(self.meant[start][1])
        letters: str | None = None
        end = last = start
        while end < len(self.meant):
            cell = self.meant[end]
            differs = cell != self.shown[end]
            if not differs and end - last >= _GAP:
                break
            if not _is_written_with(cell, letters, look):
                break
            if differs and end > start and self.erased(end):
                break
            if cell[0] != " ":
                letters = cell[1]
            end += 1
            last = end if differs else last
        text = "".join(character for character, _ in self.meant[start:last])
        if letters is None or text.isspace():
            return Run(self.row, start, text, look, is_blank=True)
        return Run(self.row, start, text, letters, is_blank=False)


def _is_written_with(cell: Cell, letters: str | None, look: str) -> bool:
    """Has *cell* the pen of the *letters* before it? None: only blanks are before it,
    and any pen will do that has their *look*.
    """
    character, pen = cell
    if character == " ":
        return pen == look
    return pens.of_blank(pen) == look if letters is None else pen == letters


def sent(
    runs: Sequence[Run], state: TerminalState, columns: int
) -> tuple[str, TerminalState]:
    """Return the shortest text that paints *runs*, and what it leaves."""
    ways = (
        _in_turn(runs, state, columns),
        _in_turn(_by_pen(runs, state.pen), state, columns),
    )
    return min(ways, key=lambda way: len(way[0]))


def _in_turn(
    runs: Iterable[Run], state: TerminalState, columns: int
) -> tuple[str, TerminalState]:
    out: list[str] = []
    at, pen = state.at, state.pen
    for run in runs:
        out.append(move(at, (run.row, run.start)))
        if not run.is_blank or pen is None or pens.of_blank(pen) != run.pen:
            out.append(pens.change(pen, run.pen))
            pen = run.pen
        out.append(run.erasing or run.text)
        end = run.start if run.erasing else run.start + len(run.text)
        # Behind the last column terminals wait in different places.
        at = (run.row, end) if end < columns else None
    return "".join(out), TerminalState(at, pen)


def _by_pen(runs: Sequence[Run], pen: str | None) -> Iterator[Run]:
    """Yield all runs of one pen before those of the pen that is nearest to it."""
    groups: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.is_blank):
        own = run.pen
        if run.is_blank:
            own = next((it for it in groups if pens.of_blank(it) == own), own)
        groups.setdefault(own, []).append(run)
    while groups:
        pen = min(groups, key=lambda own: len(pens.change(pen, own)))
        yield from sorted(groups.pop(pen), key=lambda run: (run.row, run.start))
