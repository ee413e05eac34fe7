"""A long text to read: lines wrapped to the width, in a window."""

from collections.abc import Sequence

from sq_console.ui.content.lines import Line, text_of, wrapped
from sq_console.ui.widgets.painted import Row
from sq_console.ui.widgets.scroller import Scroller


class TextView(Scroller):
    """Wrapped lines. New lines are shown at the same place."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._rows: list[Line] = []
        self._wrapped_at = 0

    def show(self, lines: Sequence[Line]) -> None:
        """Show *lines*."""
        if tuple(lines) == self._lines:
            return
        self._lines, self._wrapped_at = tuple(lines), 0
        self.scroll_to_line(self.top)

    @property
    def text_width(self) -> int:
        """The cells of a line that needs no wrapping."""
        return max(1, self.size.width - 2)

    def line_count(self) -> int:
        """Return the number of rows after wrapping."""
        width = self.text_width
        if self._wrapped_at != width:
            self._wrapped_at = width
            self._rows = [row for line in self._lines for row in wrapped(line, width)]
        return len(self._rows)

    def line(self, number: int, width: int) -> Row:
        """Return one row."""
        return self._rows[number], ""

    def text(self) -> str:
        """Return all of the text, unwrapped."""
        return "\n".join(text_of(line).rstrip() for line in self._lines)
