"""A window on many lines, and the keys that move it.

The widget scrolls its lines itself: with Textual's scrolling a list that grows and
shrinks every second would have the whole screen laid out again each time. The keys are
those of vi, less and htop; none of them changes a job.
"""

from textual import events

from sq_console.ui.content.lines import Span, Tone, cut_line
from sq_console.ui.keys import MOVING
from sq_console.ui.widgets.painted import Painted, Row


class Scroller(Painted, can_focus=True):
    """A window of `size.height` lines from `top` on."""

    BINDINGS = [*MOVING]

    top = 0

    def line_count(self) -> int:
        """Return the number of lines."""
        raise NotImplementedError

    def line(self, number: int, width: int) -> Row:
        """Return line *number*, for *width* cells."""
        raise NotImplementedError

    def row(self, y: int) -> Row:
        """Return a line of the window; a thumb is beside it unless all lines fit."""
        number, count = self.top + y, self.line_count()
        if not self._overflows():
            return self.line(number, self.size.width) if number < count else ((), "")
        content, backdrop = (
            self.line(number, self.size.width - 1) if number < count else ((), "")
        )
        return (*cut_line(content, self.size.width - 1), self._track(y)), backdrop

    def _overflows(self) -> bool:
        return self.line_count() > self.size.height

    def _track(self, y: int) -> Span:
        height, count = max(1, self.size.height), self.line_count()
        thumb = max(1, height * height // count)
        start = (height - thumb) * self.top // max(1, count - height)
        return Span("┃" if start <= y < start + thumb else " ", Tone.DIM)

    def last_top(self) -> int:
        """Return the largest `top` that leaves no empty rows."""
        return max(0, self.line_count() - self.size.height)

    def scroll_to_line(self, top: int) -> None:
        """Put line *top* at the top of the window, as far as there are lines."""
        self.top = max(0, min(top, self.last_top()))
        self.repaint()

    def action_move(self, by: int) -> None:
        """Move by *by* lines."""
        self.scroll_to_line(self.top + by)

    def action_home(self) -> None:
        """Go to the first line."""
        self.scroll_to_line(0)

    def action_end(self) -> None:
        """Go to the last line."""
        self.scroll_to_line(self.line_count())

    def action_page(self, halves: int) -> None:
        """Move by half windows, up when negative."""
        self.action_move(self.halves(halves))

    def halves(self, number: int) -> int:
        """Return the lines of *number* half windows; a whole one repeats a line."""
        lines = max(1, (self.size.height * abs(number)) // 2 - (abs(number) > 1))
        return lines if number > 0 else -lines

    def on_resize(self) -> None:
        """Fit the window to another size."""
        self.top = max(0, min(self.top, self.last_top()))
        self.repaint()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the window with the wheel, not the cursor."""
        event.stop()
        self.scroll_to_line(self.top + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the window with the wheel, not the cursor."""
        event.stop()
        self.scroll_to_line(self.top - 3)
