"""A widget that paints lines and repaints only the cells that changed.

Over a bad connection every cell costs. Textual's own widgets repaint all their cells
for new content; this one compares each visible line with the one it painted last, and
asks for the differing columns only. A row is a pure function of its state: `row`.
"""

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from sq_console.ui.content.lines import Line, Tone, merged, text_of
from sq_console.ui.terminal.cells import is_plain

Row = tuple[Line, str]
"""A line, and the component class it is painted upon ("" for the widget's own)."""


TONE_CLASSES = {f"tone--{tone}" for tone in Tone}
"""Component classes of every screen with painted widgets on it: the colours of the
tones are looked up there, once for all widgets, which makes restyling cheap.
"""


class _Tones(dict[Tone, Style]):
    """The colours of a screen, looked up as they are needed."""

    def __init__(self, screen: Screen[object]) -> None:
        super().__init__()
        self._screen = screen

    def __missing__(self, tone: Tone) -> Style:
        name = f"tone--{tone}"
        style = self[tone] = self._screen.get_component_rich_style(name, partial=True)
        return style


class Painted(Widget):
    """Lines in tones. A subclass gives the line of each row."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._painted: dict[int, Row] = {}
        self._compared: dict[int, Row] = {}
        """Rows as `repaint` compared them: `render_line` takes them from here…"""
        self._compared_at = Size()
        """…if the widget still has this size."""

    def row(self, y: int) -> Row:
        """Return row *y* of the widget, at most `self.size.width` cells."""
        raise NotImplementedError

    def repaint(self) -> None:
        """Ask Textual to paint the cells that have changed."""
        regions = []
        self._compared.clear()
        size = self._compared_at = self.size
        for y in range(size.height):
            row, was = self.row(y), self._painted.get(y)
            if row == was:
                continue
            self._compared[y] = row
            start, end = _difference(was, row, size.width)
            regions.append(Region(start, y, end - start, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Paint one row."""
        row = self._compared.pop(y, None)
        if row is None or self._compared_at != self.size:
            row = self.row(y)
        self._painted[y] = row
        line, backdrop = row
        base = self._base(backdrop)
        strip = _strip(line, _Tones(self.screen), base)
        return strip.adjust_cell_length(self.size.width, base)

    def _base(self, backdrop: str) -> Style:
        if not backdrop:
            return self.rich_style
        return self.get_component_rich_style(backdrop)


def _strip(line: Line, styles: Mapping[Tone, Style], base: Style) -> Strip:
    """Return *line* as segments: a `str` given to Textual would be read as markup."""
    spans = merged(line)
    return Strip([Segment(span.text, base + styles[span.tone]) for span in spans])


def _difference(was: Row | None, now: Row, width: int) -> tuple[int, int]:
    """Return the columns in which two rows differ, as (start, end)."""
    if was is None or was[1] != now[1]:
        return 0, width
    before, after = text_of(was[0]), text_of(now[0])
    if not (is_plain(before) and is_plain(after)):
        return 0, width  # columns are not characters where some are wide or have none
    old, new = _cells(was[0], width), _cells(now[0], width)
    start = next((x for x in range(width) if old[x] != new[x]), width)
    end = next(
        (x + 1 for x in reversed(range(start, width)) if old[x] != new[x]), start
    )
    return start, end


def _cells(line: Line, width: int) -> list[tuple[str, Tone]]:
    cells = [(character, tone) for text, tone in line for character in text][:width]
    return cells + [(" ", Tone.PLAIN)] * (width - len(cells))


class Lines(Painted):
    """A few fixed lines: the header, a title bar, the keys."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()

    def show(self, *lines: Line) -> None:
        """Show *lines*, from the top."""
        self._lines = lines
        self.repaint()

    def row(self, y: int) -> Row:
        """Return the line given for the row."""
        return (self._lines[y] if y < len(self._lines) else (), "")
