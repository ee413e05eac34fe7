"""Only cells that differ from what the terminal shows are sent to it.

Textual paints whole lines when a screen changes, each piece with all of its colours,
though most cells stay as they were. `ScreenDiff` knows what every cell of the terminal
holds, and turns what Textual writes into the shortest moves, colours and texts with the
same result. What it cannot follow (a text whose width terminals disagree on, a sequence
it does not know) goes through as it is, and the cells it may have touched are unknown
from then on: an unknown cell is always sent.
"""

import os
import re
from collections.abc import Iterator, Mapping

from sq_console.ui.terminal import pens
from sq_console.ui.terminal.cells import is_plain, width_of
from sq_console.ui.terminal.cursor_moves import move
from sq_console.ui.terminal.runs import UNKNOWN, Cell, TerminalState, runs_of, sent
from sq_console.ui.terminal.scrolling import scroll_of

_PIECE = re.compile(
    r"\x1b\[(?P<numbers>[0-9;?<>=!]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b[()][0-9A-Z]|\x1b[=>78]"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<return>\r?\n)"
    r"|.",
    re.DOTALL,
)
_HARMLESS = frozenset("hlqtnucp")
"""Final letters of sequences that move nothing and paint nothing, but for modes that
change the screen's buffer."""
_BUFFERS = ("1049", "1047", "47")
_KEEPING_COLOUR = (
    *("xterm", "tmux", "linux", "rxvt", "putty", "alacritty", "foot", "konsole"),
    *("vte", "gnome", "kitty", "wezterm", "st-"),
)
"""How the names of terminals begin that erase in the colour behind the letters, as
GNU screen does not.
"""


def keeps_colour(environ: Mapping[str, str] = os.environ) -> bool:
    """Does the terminal erase in the colour that is set?"""
    if "STY" in environ:  # GNU screen's
        return False
    return "TMUX" in environ or environ.get("TERM", "").startswith(_KEEPING_COLOUR)


class ScreenDiff:
    """The cells of a terminal of *columns* by *lines*, as far as they are known."""

    def __init__(self, *, keeps_colour: bool = True) -> None:
        self._keeps_colour = keeps_colour
        """Erasing leaves the colour that is set behind the letters."""
        self._columns = self._lines = 0
        self._shown: list[list[Cell]] = []
        """What the terminal shows."""
        self._meant: list[list[Cell]] = []
        """What Textual has written, sent or not."""
        self._written: set[int] = set()
        """Rows that may have something to send."""
        self._row = self._column = 0
        """Where Textual takes the cursor to be."""
        self._pen = ""
        """The colours and attributes that Textual takes to be set."""
        self._state = TerminalState()
        self._is_stale = False

    def forget(self) -> None:
        """Take every cell for unknown: something else may have written. Any thread may
        say so, and a signal in the midst of `reduce`.
        """
        self._is_stale = True

    def _forget(self) -> None:
        self._shown, self._meant = (
            [[UNKNOWN] * self._columns for _ in range(self._lines)] for _ in range(2)
        )
        self._written.clear()
        self._state = TerminalState()

    def reduce(self, written: str, columns: int, lines: int) -> str:
        """Return what to send in place of *written* to a terminal of this size."""
        if self._is_stale or (columns, lines) != (self._columns, self._lines):
            self._is_stale = False
            self._columns, self._lines = columns, lines
            self._forget()
        return "".join([*self._passed(written), self._catch_up()])

    def _passed(self, written: str) -> Iterator[str]:
        """Yield what goes through, after all that was written before it."""
        for piece in _PIECE.finditer(written):
            if text := piece["text"]:
                yield from self._write(text)
            elif piece["return"]:
                yield from self._next_line()
            elif final := piece["final"]:
                yield from self._obey(piece[0], piece["numbers"], final)
            else:
                yield self._catch_up()
                if len(piece[0]) == 1:
                    self._forget()
                yield piece[0]

    def _obey(self, sequence: str, numbers: str, final: str) -> Iterator[str]:
        if final == "m" and not numbers.startswith((">", "?")):
            self._pen = pens.after(self._pen, numbers)
            return
        if final == "H" and numbers.replace(";", "").isdigit():
            row, _, column = numbers.partition(";")
            self._row, self._column = int(row) - 1, int(column or 1) - 1
            return
        yield self._catch_up()
        if final not in _HARMLESS or numbers.lstrip("?") in _BUFFERS:
            yield self._take_over()
            self._forget()
        yield sequence

    def _catch_up(self) -> str:
        """Have the terminal show what was written so far."""
        scrolled = self._scroll()
        runs = [
            run
            for row in sorted(self._written)
            for run in runs_of(
                row,
                self._shown[row],
                self._meant[row],
                keeps_colour=self._keeps_colour,
            )
        ]
        for row in self._written:
            self._shown[row][:] = self._meant[row]
        self._written.clear()
        text, self._state = sent(runs, self._state, self._columns)
        return scrolled + text

    def _scroll(self) -> str:
        """Have the terminal move rows that were written somewhere else."""
        scroll = scroll_of(self._shown, self._meant, self._written)
        if scroll is None:
            return ""
        self._shown[scroll.top : scroll.bottom + 1] = scroll.moved(self._shown)
        self._written.update(scroll.moving)
        self._state = TerminalState(None, self._state.pen)
        return scroll.sequence()

    def _take_over(self) -> str:
        """Have the terminal where Textual takes it to be, before what goes through."""
        place, was = (self._row, self._column), self._state
        self._state = TerminalState(place, self._pen)
        return move(was.at, place) + pens.change(was.pen, self._pen)

    def _next_line(self) -> Iterator[str]:
        self._column = 0
        if self._row + 1 < self._lines:
            self._row += 1
            return
        yield self._catch_up()
        yield self._take_over()
        self._forget()  # all lines move up
        yield "\r\n"

    def _write(self, text: str) -> Iterator[str]:
        row, start = self._row, self._column
        self._column = end = start + width_of(text)
        is_on_it = 0 <= row < self._lines
        if is_on_it and start >= 0 and end <= self._columns and is_plain(text):
            pen, blank = self._pen, (" ", pens.of_blank(self._pen))
            self._meant[row][start:end] = [
                blank if character == " " else (character, pen) for character in text
            ]
            self._written.add(row)
            return
        yield self._catch_up()
        self._column = start
        yield self._take_over()
        self._column = end
        yield text
        self._state = TerminalState(None, self._pen)
        if is_on_it:
            for rows in (self._shown, self._meant):
                rows[row] = [UNKNOWN] * self._columns
