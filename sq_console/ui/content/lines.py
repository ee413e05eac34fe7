"""A line of the screen as data: pieces of text, each with a tone.

Whatever decides *what* to show produces lines and knows no Textual; widgets turn tones
into the theme's colours. Foreign text is cleaned once, by
`foreign`, when the line is made; what is painted is not cleaned again.
"""

from enum import StrEnum
from typing import NamedTuple

from sq_console.text.redact import redact_text
from sq_console.text.sanitize import CELL_CHARS, clean
from sq_console.ui.terminal import cells
from sq_console.ui.terminal.cells import cut


class Tone(StrEnum):
    """What a piece of text means for the eye; colours are in `console.tcss`."""

    PLAIN = "plain"
    DIM = "dim"
    """There when looked for."""
    BOLD = "bold"
    BAD = "bad"
    """Wrong: the eye goes here first."""
    WARN = "warn"
    GOOD = "good"
    BUSY = "busy"
    """Under way."""
    KEY = "key"
    """A key to press."""
    ON_GOOD = "on-good"
    ON_WARN = "on-warn"
    ON_BAD = "on-bad"
    ON_BUSY = "on-busy"
    ON_IDLE = "on-idle"

    @property
    def is_filled(self) -> bool:
        """Does it colour the cell and not only the letter?"""
        return self.value.startswith("on-")


class Span(NamedTuple):
    """Text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]
BLANK: Line = ()


def foreign(text: str, tone: Tone = Tone.PLAIN, limit: int = CELL_CHARS) -> Span:
    """A piece of text that came from outside, made harmless and without secrets."""
    shown = redact_text(text[:limit])
    return Span(clean(shown if len(text) <= limit else f"{shown}…", limit + 1), tone)


def text_of(line: Line) -> str:
    """The line without its tones."""
    return "".join(span.text for span in line)


def width_of(line: Line) -> int:
    """Cells the line takes."""
    return sum(cells.width_of(span.text) for span in line)


def cut_line(line: Line, width: int) -> Line:
    """*line* in exactly *width* cells."""
    kept: list[Span] = []
    room = width
    for span in line:
        if room <= 0:
            break
        shown = cut(span.text, room)
        room -= cells.width_of(shown)
        kept.append(Span(shown, span.tone))
    return (*kept, Span(" " * room)) if room > 0 else tuple(kept)


def spread(start: Line, end: Line, width: int) -> Line:
    """*start* at the left edge and *end* at the right; *end* gives way when both do not
    fit.
    """
    gap = width - width_of(start) - width_of(end)
    if gap < 2:
        return cut_line(start, width)
    return (*start, Span(" " * gap), *end)


def joined(parts: list[Line], gap: str) -> Line:
    """*parts* one after the other with *gap* between them."""
    line: list[Span] = []
    for part in parts:
        if line:
            line.append(Span(gap))
        line.extend(part)
    return tuple(line)


def fitted(parts: list[tuple[int, Line]], width: int, gap: str = "  ") -> Line:
    """Those of *parts* that fit into *width*, in their order; the highest rank goes
    first.
    """
    chosen = list(parts)
    while chosen:
        line = joined([part for _, part in chosen if part], gap)
        if width_of(line) <= width:
            return line
        chosen.remove(max(chosen, key=lambda ranked: ranked[0]))
    return BLANK


def merged(line: Line) -> Line:
    """*line* in as few spans as show the same: a colour costs more to send than a word,
    and blanks have none of their own.
    """
    spans: list[Span] = []
    for span in line:
        if not span.text:
            continue
        last = spans[-1] if spans else None
        if last is not None and (
            span.tone is last.tone or (_is_gap(span) and not last.tone.is_filled)
        ):
            spans[-1] = Span(last.text + span.text, last.tone)
        else:
            spans.append(span)
    return tuple(spans)


def _is_gap(span: Span) -> bool:
    return not span.tone.is_filled and span.text.isspace()


def wrapped(line: Line, width: int) -> list[Line]:
    """*line* on as many lines of *width* cells as it needs, broken anywhere: texts here
    are data, and every character counts.
    """
    if width < 1 or width_of(line) <= width:
        return [line]
    rows: list[list[Span]] = [[]]
    room = width
    for span in line:
        rest = span.text
        while rest:
            # A character wider than a whole line is put on one all the same.
            taken = cells.head(rest, room) or (rest[0] if room == width else "")
            if taken:
                rows[-1].append(Span(taken, span.tone))
            room -= cells.width_of(taken)
            rest = rest[len(taken) :]
            if rest:
                rows.append([])
                room = width
    return [tuple(row) for row in rows]
