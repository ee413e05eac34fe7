"""The tail of the job log: follows the end until the reader goes up, and then waits.

A reader's place never slides: while not following, nothing is dropped above, and what
arrives below is only counted.
"""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from sq_console.model import LogEntry
from sq_console.ui.content.lines import Span, Tone
from sq_console.ui.content.log_lines import Gap, log_line, wording
from sq_console.ui.keys import FOLLOWING, OPENING
from sq_console.ui.state.clock import Clock
from sq_console.ui.widgets.painted import Row
from sq_console.ui.widgets.scroller import Scroller

KEPT = 2_000
"""Lines kept while following."""
HELD = 20_000
"""Lines kept while a reader holds the place; beyond them following is resumed."""


class LogView(Scroller):
    """Log rows, the newest at the bottom."""

    COMPONENT_CLASSES = {"row--cursor"}
    BINDINGS = [*OPENING, *FOLLOWING]

    class Clicked(Message):
        """A line was clicked twice: its job is to be shown."""

        def __init__(self, job_id: int) -> None:
            super().__init__()
            self.job_id = job_id

    class Changed(Message):
        """Following began or ended, or lines arrived."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="log-list")
        self.following = True
        self.unseen = 0
        self.stale = False
        self.wanted_text = ""
        self._clock = clock
        self._entries: list[LogEntry | Gap] = []
        self._shown: list[LogEntry | Gap] = []
        self._cursor = 0

    @property
    def newest(self) -> LogEntry | None:
        """The last row of the log that is shown."""
        return next((e for e in reversed(self._shown) if not isinstance(e, Gap)), None)

    def append(self, entries: Sequence[LogEntry | Gap]) -> None:
        """Append *entries*, oldest first."""
        if not entries:
            return
        fitting = self._fitting(entries)
        self._entries.extend(entries)
        self._shown = _joined(self._shown, fitting)
        if len(self._entries) > (KEPT if self.following else HELD):
            self.following = True
            self._entries = self._entries[-KEPT:]
            self._shown = self._fitting(self._entries)
        if self.following:
            self._go_to_end()
        else:
            self.unseen += len(fitting)
            self.repaint()
        self.post_message(self.Changed())

    def restart(self, wanted_text: str = "") -> None:
        """Forget all lines: another filter."""
        self._entries, self._shown, self.wanted_text = [], [], wanted_text.lower()
        self._go_to_end()

    def _fitting(self, entries: Sequence[LogEntry | Gap]) -> list[LogEntry | Gap]:
        wanted = self.wanted_text
        if not wanted:
            return list(entries)
        fitting: list[LogEntry | Gap] = []
        for entry in entries:
            if isinstance(entry, Gap):
                fitting = _joined(fitting, [entry])
            elif wanted in entry.msg.lower():
                fitting.append(entry)
        return fitting

    def cursor_job(self) -> int | None:
        """The job of the line under the cursor; None for a line about no job."""
        if not 0 <= self._cursor < len(self._shown):
            return None
        entry = self._shown[self._cursor]
        return None if isinstance(entry, Gap) else entry.job_id or None

    def _go_to_end(self) -> None:
        self.following, self.unseen = True, 0
        self._cursor = max(0, len(self._shown) - 1)
        self.scroll_to_line(len(self._shown))

    def action_move(self, by: int) -> None:
        """Move the cursor; going up stops following, reaching the end resumes it."""
        self._cursor = max(0, min(self._cursor + by, len(self._shown) - 1))
        if self._cursor >= len(self._shown) - 1:
            self._go_to_end()
        else:
            self.following = False
            height = max(1, self.size.height)
            top = max(self._cursor - height + 1, min(self.top, self._cursor))
            self.scroll_to_line(top)
        self.post_message(self.Changed())

    def action_home(self) -> None:
        """The first line kept."""
        self.action_move(-len(self._shown))

    def action_end(self) -> None:
        """The newest line; follow from here."""
        self._go_to_end()
        self.post_message(self.Changed())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Going back with the wheel stops following too."""
        event.stop()
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Down to the end, and on with it."""
        event.stop()
        self.action_move(3)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor; a second one opens."""
        self.action_move(self.top + event.y - self._cursor)
        job_id = self.cursor_job()
        if event.chain > 1 and job_id is not None:
            self.post_message(self.Clicked(job_id))

    def on_resize(self) -> None:
        """The end stays in sight."""
        if self.following:
            self._go_to_end()
        else:
            super().on_resize()

    def on_focus(self) -> None:
        """The cursor lights up."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor goes out."""
        self.repaint()

    def line_count(self) -> int:
        """One line a row of the log."""
        return len(self._shown)

    def line(self, number: int, width: int) -> Row:
        """A row of the log."""
        is_cursor = self.has_focus and number == self._cursor
        content = log_line(self._shown[number], self._clock, width - 2)
        if self.stale:
            content = tuple(Span(text, Tone.DIM) for text, _ in content)
        gutter = Span("> " if is_cursor else "  ", Tone.KEY)
        return (gutter, *content), "row--cursor" if is_cursor else ""

    def newest_words(self) -> str:
        """The newest line's text, for a bar."""
        return "" if self.newest is None else wording(self.newest)


def _joined(
    shown: list[LogEntry | Gap], more: Sequence[LogEntry | Gap]
) -> list[LogEntry | Gap]:
    """*shown* with *more* at its end; of two gaps that meet becomes one."""
    last, first = shown[-1:], more[:1]
    match [*last, *first]:
        case [Gap(one), Gap(other)]:
            shown[-1:] = [Gap(one + other)]
            more = more[1:]
    shown.extend(more)
    return shown
