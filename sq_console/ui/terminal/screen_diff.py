"""Only cells that differ from what the terminal shows are sent to it.

Textual paints whole lines when a screen changes, each piece with all of its colours,
though most cells stay as they were. `ScreenDiff` knows what every cell of the terminal
holds, and turns what Textual writes into the shortest moves, colours and texts with the
same result. What it cannot follow (a text whose width terminals disagree on, a sequence
it does not know) goes through as it is, and the cells it may have touched are unknown
from then on: an unknown cell is always sent.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from sq_console.ui.terminal.cells import is_plain, width_of

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
_UNKNOWN = ("", "?")
"""A cell of which nothing is known: equal to no cell that is painted."""
_GAP = 4
"""So many cells that stay are sent again where a move would not be shorter."""
_Cell = tuple[str, str]
_Place = tuple[int, int]


class ScreenDiff:
    """The cells of a terminal of *columns* by *lines*, as far as they are known."""

    def __init__(self) -> None:
        self._columns = self._lines = 0
        self._rows: list[list[_Cell]] = []
        self._row = self._column = 0
        """Where Textual takes the cursor to be."""
        self._pen = ""
        """The colours and attributes that Textual takes to be set."""
        self._at: _Place | None = None
        """Where the terminal's cursor is; None: unknown."""
        self._set: str | None = None
        """What is set in the terminal; None: unknown."""

    def forget(self) -> None:
        """Take every cell for unknown: something else may have written."""
        self._rows = [[_UNKNOWN] * self._columns for _ in range(self._lines)]
        self._at = self._set = None

    def reduce(self, written: str, columns: int, lines: int) -> str:
        """Return what to send in place of *written* to a terminal of this size."""
        if (columns, lines) != (self._columns, self._lines):
            self._columns, self._lines = columns, lines
            self.forget()
        return "".join(self._sent(written))

    def _sent(self, written: str) -> Iterator[str]:
        for piece in _PIECE.finditer(written):
            if text := piece["text"]:
                yield from self._paint(text)
            elif piece["return"]:
                yield from self._next_line()
            elif final := piece["final"]:
                yield from self._obey(piece[0], piece["numbers"], final)
            else:
                if len(piece[0]) == 1:
                    self.forget()
                yield piece[0]

    def _obey(self, sequence: str, numbers: str, final: str) -> Iterator[str]:
        if final == "m" and not numbers.startswith((">", "?")):
            is_reset = numbers in ("", "0")
            self._pen = "" if is_reset else f"{self._pen};{numbers}".strip(";")
            return
        if final == "H" and numbers.replace(";", "").isdigit():
            row, _, column = numbers.partition(";")
            self._row, self._column = int(row) - 1, int(column or 1) - 1
            return
        if final not in _HARMLESS or numbers.lstrip("?") in _BUFFERS:
            yield from self._catch_up()
            self.forget()
        yield sequence

    def _catch_up(self) -> Iterator[str]:
        """Have the terminal where Textual takes it to be, before what goes through."""
        yield self._move(self._row, self._column)
        yield _change(self._set, self._pen)
        self._set = self._pen

    def _next_line(self) -> Iterator[str]:
        self._column = 0
        if self._row + 1 < self._lines:
            self._row += 1
            return
        yield from self._catch_up()
        self.forget()  # all lines move up
        yield "\r\n"

    def _paint(self, text: str) -> Iterator[str]:
        row, start = self._row, self._column
        end = start + width_of(text)
        fits = 0 <= row < self._lines and start >= 0 and end <= self._columns
        if not fits or not is_plain(text):
            yield from self._catch_up()
            yield text
            self._at = None
            if 0 <= row < self._lines:
                self._rows[row] = [_UNKNOWN] * self._columns
            self._column = end
            return
        cells = self._rows[row]
        pens = self._pen, _of_blank(self._pen)
        new = [(character, pens[character == " "]) for character in text]
        for first, last in _differences(cells[start:end], new):
            yield self._move(row, start + first)
            yield self._change_pen(is_blank=text[first:last].isspace())
            yield text[first:last]
            # Behind the last column terminals wait in different places.
            ended = start + last
            self._at = (row, ended) if ended < self._columns else None
        cells[start:end] = new
        self._column = end

    def _change_pen(self, *, is_blank: bool) -> str:
        """Set what the next text needs; a blank has no use for the letters' colour."""
        was = self._set
        if is_blank and was is not None and _of_blank(was) == _of_blank(self._pen):
            return ""
        self._set = self._pen
        return _change(was, self._pen)

    def _move(self, row: int, column: int) -> str:
        at, self._at = self._at, (row, column)
        if at == (row, column):
            return ""
        if at is not None and at[0] == row and at[1] < column:
            return f"\x1b[{column - at[1]}C"
        return f"\x1b[{row + 1};{column + 1}H"


def _differences(old: list[_Cell], new: list[_Cell]) -> Iterator[tuple[int, int]]:
    """Yield the stretches in which cells differ; a short one that stays is part of the
    stretches beside it.
    """
    first = last = -1
    for place, (was, now) in enumerate(zip(old, new, strict=True)):
        if was == now:
            continue
        if last >= 0 and place - last > _GAP:
            yield first, last
            first = place
        elif first < 0:
            first = place
        last = place + 1
    if last >= 0:
        yield first, last


@lru_cache(4_096)
def _change(was: str | None, now: str) -> str:
    """Return the sequence that leads from one setting to another."""
    if was == now:
        return ""
    whole = f"\x1b[0;{now}m" if now else "\x1b[0m"
    before, after = _parsed(was), _parsed(now)
    if before is None or after is None:
        return whole
    if not before.keys() - {"38", "48"} <= after.keys() - {"38", "48"}:
        return whole
    parts = [value for name, value in after.items() if before.get(name) != value]
    parts += [_DEFAULTS[name] for name in before.keys() - after.keys()]
    delta = f"\x1b[{';'.join(parts)}m" if parts else ""
    return min(delta, whole, key=len)


_DEFAULTS = {"38": "39", "48": "49"}
_SEEN_ON_BLANKS = frozenset(("48", "4", "7", "9"))
"""Background, underline, reverse, strike."""


@lru_cache(4_096)
def _of_blank(pen: str) -> str:
    """Return what of a setting is seen on a blank: two that look alike are equal."""
    parsed = _parsed(pen)
    if parsed is None or "7" in parsed:
        return pen
    return ";".join(parsed[name] for name in sorted(parsed.keys() & _SEEN_ON_BLANKS))


@lru_cache(4_096)
def _parsed(pen: str | None) -> dict[str, str] | None:
    """Return a setting by attribute, colours as 38 and 48; None if it has something
    else than those.
    """
    if pen is None:
        return None
    found: dict[str, str] = {}
    numbers = iter(pen.split(";")) if pen else iter(())
    for number in numbers:
        if number in ("38", "48"):
            kind = next(numbers, "")
            length = {"5": 1, "2": 3}.get(kind, 0)
            rest = [next(numbers, "") for _ in range(length)]
            found[number] = ";".join((number, kind, *rest))
        elif re.fullmatch("3[0-7]|9[0-7]", number):
            found["38"] = number
        elif re.fullmatch("4[0-7]|10[0-7]", number):
            found["48"] = number
        elif number in ("39", "49"):
            found.pop("38" if number == "39" else "48", None)
        elif re.fullmatch("[1-9]", number):
            found[number] = number
        else:
            return None
    return found
