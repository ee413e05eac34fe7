"""The toolkit for text on the screen: spans and lines, and where foreign text enters.

A `Span` is a text in one `Tone`. The tone says what the text means (`BAD`, `DIM`,
`KEY`); `console.tcss` gives each tone a colour in each theme. A `Line` is a tuple of
spans, and fills one row of the screen, or a part of it. Both are plain values: they
compare with `==`, and a test makes them without Textual.

    >>> line = (Span("GET ", Tone.DIM), foreign("http://eve:pw@a.example/[x]"))
    >>> text_of(line)
    'GET http://***@a.example/[x]'
    >>> text_of(cut_line(line, 20))
    'GET http://***@a.ex…'

Foreign text (whatever comes from a url, a body, an answer, a name or an error message)
enters a line through `foreign` only, and only once. `foreign` masks secrets, cuts the
text to a limit, and replaces the characters a terminal would obey (ESC, C1, bidi). Its
width is final from then on, which cutting and aligning rely on. `Span(text)` alone is
for the console's own words, and for text that `clean` or `foreign` made before.

From a job to the terminal:

1. A function of `ui/content` makes lines from values of the model. It knows no widget.
2. A subclass of `ui/widgets/painted.py`'s `Painted` says which line each row shows.
   `Painted.repaint` compares that line with the one it painted last, and asks Textual
   for the columns that differ.
3. `Painted.render_line` merges the line's spans (`merged`), looks the tones' colours up
   and hands Textual a strip of segments. Nothing is cleaned here.
4. Textual writes the segments. `ControlFilter` (`ui/terminal/output_filters.py`) sees
   each of them before: a `?` stands for any character that a terminal would obey. It is
   a net below all widgets, Textual's own included, and has nothing to do for lines.

Why not rich's `Text`, or a `str`, in Textual's own widgets? They repaint whole when
their content changes, and over a bad connection every cell costs. A `str` given to
Textual is read as markup: `[...]` in a url could crash the app or run its actions. A
`Text` can be changed after it was painted, so comparing would need copies, and it
passes ESC, C1 and bidi characters on.
"""

from enum import StrEnum
from typing import NamedTuple

from sq_console.text.redact import redact_text
from sq_console.text.sanitize import CELL_CHARS, clean
from sq_console.ui.terminal import cells
from sq_console.ui.terminal.cells import cut


class Tone(StrEnum):
    """What a span means for the eye; the colours are in `console.tcss`."""

    PLAIN = "plain"
    DIM = "dim"
    """Labels and details that need no attention."""
    BOLD = "bold"
    BAD = "bad"
    """A fault: the eye goes here first."""
    WARN = "warn"
    GOOD = "good"
    BUSY = "busy"
    """A call or an operation is in progress."""
    KEY = "key"
    """A key to press."""
    ON_GOOD = "on-good"
    """The `ON_` tones fill the cells with colour: badges and banners."""
    ON_WARN = "on-warn"
    ON_BAD = "on-bad"
    ON_BUSY = "on-busy"
    ON_IDLE = "on-idle"

    @property
    def is_filled(self) -> bool:
        """Whether the tone colours the cell and not only the letter."""
        return self.value.startswith("on-")


class Span(NamedTuple):
    """A text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]
"""Spans from left to right; at most one row of the screen."""
BLANK: Line = ()


def foreign(text: str, tone: Tone = Tone.PLAIN, limit: int = CELL_CHARS) -> Span:
    """Return foreign text as a harmless span of at most *limit* characters and a `…`.

    Secrets are masked, and no character is left that a terminal would obey.
    """
    shown = redact_text(text[:limit])
    return Span(clean(shown if len(text) <= limit else f"{shown}…", limit + 1), tone)


def text_of(line: Line) -> str:
    """Return the text of the line, without its tones."""
    return "".join(span.text for span in line)


def width_of(line: Line) -> int:
    """Return how many cells the line takes."""
    return sum(cells.width_of(span.text) for span in line)


def cut_line(line: Line, width: int) -> Line:
    """Return *line* cut or padded to exactly *width* cells."""
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
    """Return *start* at the left edge and *end* at the right edge of *width* cells.

    *end* is left out when fewer than two blanks would be between them.
    """
    gap = width - width_of(start) - width_of(end)
    if gap < 2:
        return cut_line(start, width)
    return (*start, Span(" " * gap), *end)


def section_heading(text: str, aside: str = "") -> list[Line]:
    """Return a blank line and the title of a section; *aside* is dim, behind it."""
    return [BLANK, (Span(text, Tone.BOLD), Span(f"  {aside}", Tone.DIM))]


def joined(parts: list[Line], gap: str) -> Line:
    """Return *parts* as one line with *gap* between them."""
    line: list[Span] = []
    for part in parts:
        if line:
            line.append(Span(gap))
        line.extend(part)
    return tuple(line)


def merged(line: Line) -> Line:
    """Return *line* in the fewest spans that look the same.

    A change of colour costs more bytes than a word. Blanks have no colour of their own,
    so they join the span before them, unless one of the two is filled.
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
    """Return *line* as lines of at most *width* cells.

    It is broken anywhere: the texts here are data, and every character counts.
    """
    if width < 1 or width_of(line) <= width:
        return [line]
    rows: list[list[Span]] = [[]]
    room = width
    for span in line:
        rest = span.text
        while rest:
            # A character wider than a whole line gets a line all the same.
            taken = cells.head(rest, room) or (rest[0] if room == width else "")
            if taken:
                rows[-1].append(Span(taken, span.tone))
            room -= cells.width_of(taken)
            rest = rest[len(taken) :]
            if rest:
                rows.append([])
                room = width
    return [tuple(row) for row in rows]
