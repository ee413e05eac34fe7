"""A text in the edit form, and the way back from what was typed to what is stored.

A form shows text a terminal can show, with line feeds between lines. A body has CRLF,
tabs, bytes that are no text, marks nobody sees. Saving what is shown would change all
of it; so each line that was not edited keeps its own characters and its own end, an
edited line those around the edit, and a new line gets the end that the others have.
Where that would need a guess, saving is refused with the reason.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate
from typing import NamedTuple

from sq_console.text.sanitize import cleaned_characters

_BOM = "\ufeff"
_FEW_PAIRS = 250_000
"""Lines are matched one by one while there are so few pairs of them."""
_ELSEWHERE = "use sq-console edit"
_Typed = tuple[str, str | None]
"""A line and its end; None is whatever the others have."""


class _Line(NamedTuple):
    raw: str
    shown: Sequence[str]
    """For each character of `raw`."""
    end: str
    """Empty for the last."""

    @property
    def text(self) -> str:
        return "".join(self.shown)


class EditableText:
    """One text. Bytes that are not UTF-8 are in it as surrogates."""

    def __init__(self, raw: str, *, lines: bool = True) -> None:
        self.raw = raw
        self._mark = _BOM if lines and raw.startswith(_BOM) else ""
        unmarked = raw.removeprefix(self._mark)
        self._lines = [*_split(unmarked)] if lines else [_line(unmarked, "", ())]
        self._ends = {line.end for line in self._lines[:-1]}
        self.text = "\n".join(line.text for line in self._lines)

    @property
    def note(self) -> str:
        """What is stored and not to be seen; empty for nothing."""
        if any(line.text != line.raw for line in self._lines):
            return "holds characters that cannot be shown; kept unless edited"
        if self._ends == {"\r\n"}:
            return "its lines end in CRLF, new ones will too"
        if self._ends == {"\r\n", "\n"}:
            return "some lines end in CRLF, some in LF; each is kept"
        return "begins with a byte order mark, which is kept" if self._mark else ""

    def restored(self, typed: str) -> str:
        """What is to be stored when *typed* was made of `text`. Raises ValueError."""
        if typed == self.text:
            return self.raw
        made = [*self._made(typed.split("\n"))]
        ends = [self._end(end) for _, end in made[:-1]]
        texts = [text for text, _ in made]
        return self._mark + "".join(
            text + end for text, end in zip(texts, [*ends, ""], strict=True)
        )

    def _end(self, end: str | None) -> str:
        if end:
            return end
        if len(self._ends) > 1:
            raise ValueError(f"a new line among CRLF and LF ends: {_ELSEWHERE}")
        return next(iter(self._ends), "\n")

    def _made(self, typed: Sequence[str]) -> Iterator[_Typed]:
        old = [line.text for line in self._lines]
        for first, last, start, stop in _blocks(old, typed):
            lines, texts = self._lines[first:last], typed[start:stop]
            if old[first:last] == texts:
                yield from ((line.raw, line.end) for line in lines)
            elif len(lines) == len(texts):
                for line, text in zip(lines, texts, strict=True):
                    yield _edited(line, text), line.end
            else:
                for line in lines:
                    _refuse_lost(line.raw, line.shown, "\n".join(texts))
                yield from ((text, None) for text in texts)


def _split(raw: str) -> Iterator[_Line]:
    *others, last = raw.split("\n")
    for line in others:
        end = "\r\n" if line.endswith("\r") else "\n"
        yield _line(line.removesuffix("\r"), end)
    yield _line(last, "")


def _line(raw: str, end: str, as_is: Sequence[str] = ("\t",)) -> _Line:
    shown = [
        character if character in as_is else _byte(character) or piece
        for character, piece in zip(raw, cleaned_characters(raw), strict=True)
    ]
    return _Line(raw, shown, end)


def _byte(character: str) -> str:
    is_byte = "\udc80" <= character <= "\udcff"
    return f"\\x{ord(character) - 0xDC00:02x}" if is_byte else ""


def _blocks(
    old: Sequence[str], new: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of *old* lines and the *new* ones in their place, in order."""
    top = _same(old, new)
    bottom = _same(old[top:][::-1], new[top:][::-1])
    first, last = len(old) - bottom, len(new) - bottom
    yield 0, top, 0, top
    if (first - top) * (last - top) <= _FEW_PAIRS:
        match = SequenceMatcher(None, old[top:first], new[top:last], autojunk=False)
        for _, *at in match.get_opcodes():
            a, b, c, d = (top + each for each in at)
            yield a, b, c, d
    else:
        yield top, first, top, last
    yield first, len(old), last, len(new)


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _edited(line: _Line, typed: str) -> str:
    """*typed* with the line's own characters before and after what was edited."""
    ends = [0, *accumulate(map(len, line.shown))]
    text = line.text
    same = _same(text, typed)
    before = max(at for at, end in enumerate(ends) if end <= same)
    same = _same(text[ends[before] :][::-1], typed[ends[before] :][::-1])
    after = min(
        at for at, end in enumerate(ends) if at >= before and ends[-1] - end <= same
    )
    edited = typed[ends[before] : len(typed) - (ends[-1] - ends[after])]
    _refuse_lost(line.raw[before:after], line.shown[before:after], edited)
    return line.raw[:before] + edited + line.raw[after:]


def _refuse_lost(raw: str, shown: Sequence[str], typed: str) -> None:
    """What only stands for a character may not be stored instead of it."""
    for character, piece in zip(raw, shown, strict=True):
        if piece != character and typed and piece in typed:
            name = _byte(character) or ascii(character)[1:-1]
            raise ValueError(f"would lose {name}, not shown: {_ELSEWHERE}")
