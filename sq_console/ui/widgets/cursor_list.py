"""A list of rows of any type: the keys that move its cursor, and how rows are painted.

`RowCursor` decides which row the cursor is on. A list of something new is a subclass:
the type of its rows and their key, the cells of a row (`content`), and the words for a
row in messages. A list with marks binds `keys.MARKING`. A list without gone rows sets
`KEEPS_GONE_ROWS` to False; one whose rows change places sets `IS_RANKED`. A list that
grows at its end is a `FollowingList`.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic

from textual import events
from textual.message import Message

from sq_console.ui.content.lines import Line, Span, Tone, cut_line
from sq_console.ui.state.cursors.cursor_guard import CursorGuard
from sq_console.ui.state.cursors.row_cursor import Key, Row, RowCursor
from sq_console.ui.widgets import painted
from sq_console.ui.widgets.scroller import Scroller

GUTTER = 2
"""Cells at the left edge, for the cursor and the mark."""
UNREAD = "reading…"
"""The text of a list that was not read yet."""


class CursorList(Scroller, Generic[Row, Key]):
    """Rows with a cursor, in a window."""

    COMPONENT_CLASSES = {"row--cursor", "row--idle-cursor", "row--marked"}
    noun = "row"
    """A row in messages: `no row is under the cursor`."""
    KEEPS_GONE_ROWS: ClassVar[bool] = True
    """The cursor's row stays for a while after it has left the list."""
    IS_RANKED: ClassVar[bool] = False
    """Rows change their places with their figures; the cursor's row does not while the
    operator is at work.
    """
    SHOWS_IDLE_CURSOR: ClassVar[bool] = True
    """The cursor is visible while the focus is elsewhere."""

    class RowOpened(Message):
        """A row was clicked twice."""

        def __init__(self, row: object) -> None:
            super().__init__()
            self.row = row

    class Changed(Message):
        """Cursor, window, marks or rows have changed."""

    def __init__(
        self,
        cursor: RowCursor[Row, Key],
        *,
        guard: CursorGuard | None = None,
        id: str | None = None,
        empty: str = "",
    ) -> None:
        super().__init__(id=id)
        self.cursor = cursor
        self.empty = empty
        """The text of a list without rows."""
        self.marking: object | None = None
        """Stands for a marking of all rows that is in progress, until a mark is set."""
        self.stale = False
        """The database is lost: rows are those last read."""
        self._guard = guard or CursorGuard()
        self._height = 0
        """At the last layout."""

    # For subclasses

    def content(self, row: Row, width: int) -> Line:
        """Return the cells of *row*, at most *width*."""
        raise NotImplementedError

    def gone_content(self, row: Row, width: int) -> Line:
        """Return the cells of a row that has left the list."""
        dimmed = (Span(text, Tone.DIM) for text, _ in self.content(row, width))
        return cut_line((Span("~ gone  ", Tone.WARN), *dimmed), width)

    def belongs_here(self, row: Row) -> bool:
        """Is *row* of this list, although it is not among the rows that were read? The
        cursor then stays on it, for however long.
        """
        return False

    def label(self, row: Row) -> str:
        """Return the words for *row* in a message: `job 7`."""
        return f"{self.noun} {self.cursor.key_of(row)}"

    # Rows

    def show_rows(self, rows: Sequence[Row], latest: Row | None = None) -> None:
        """Show *rows*; *latest* is the cursor's row when it is not among them."""
        was_at, at_work = self.cursor.index, self._guard.is_at_work
        keep = self.KEEPS_GONE_ROWS and self.has_focus and at_work
        keep = keep or (latest is not None and self.belongs_here(latest))
        if self.IS_RANKED and at_work:
            rows = self.cursor.in_place(rows)
        if self.cursor.update(rows, keep_gone_row=keep, latest=latest):
            self._guard.slid()
        now_at = self.cursor.index
        if self.cursor.is_pinned and was_at is not None and now_at is not None:
            self.top += now_at - was_at  # the row keeps its place on the screen
        self.scroll_to_line(self.top)
        if not at_work and not self._is_visible(now_at):
            self.cursor.put(self.top)
            self._guard.slid()
            self.repaint()

    def pin(self) -> None:
        """Keep the cursor on its row: something was done there."""
        self.cursor.is_pinned = self.cursor.key is not None
        self.touch()

    def clear(self) -> None:
        """Forget the rows until others are read; marks stay."""
        self.cursor.clear()
        self.empty = UNREAD
        self.scroll_to_line(0)

    def set_stale(self, stale: bool) -> None:
        """Dim the rows while they are old."""
        if self.stale != stale:
            self.stale = stale
            self.repaint()

    # The cursor

    def why_not_here(self) -> str | None:
        """Return why the cursor's row is not to be acted upon just now.

        A cursor outside the window is brought into view.
        """
        row, index, slid = (
            self.cursor.current,
            self.cursor.index,
            self._guard.take_slide(),
        )
        self.pin()
        if row is None or index is None:
            return self.why_no_row()
        label = self.label(row)
        if not self._is_visible(index):
            self._scroll_into_view(index)
            return f"the cursor was out of sight, on {label}: press again"
        if slid:
            return f"the list moved under the cursor, now on {label}: press again"
        return None

    def why_no_row(self) -> str:
        """Return why no row is under the cursor."""
        if self.empty == UNREAD:
            return f"no {self.noun} is read yet: press again"
        return f"no {self.noun} is under the cursor"

    @property
    def is_touched(self) -> bool:
        """Has the operator ever been at work here?"""
        return self._guard.is_touched

    def came(self) -> None:
        """Note that the operator has come here by a key, and looks at the cursor."""
        self._guard.moved()

    def came_by_itself(self) -> None:
        """Note that the list took the place of another one: the next key that acts was
        meant for that.
        """
        self._guard.slid()

    def touch(self) -> None:
        """Note that the operator is at work here."""
        self._guard.touched()

    def put_cursor(self, index: int) -> None:
        """Put the cursor on row *index*, as the operator asks, and scroll to it."""
        self._guard.moved()
        put = self.cursor.put(index)
        if put is not None:
            self._scroll_into_view(put)

    def _is_visible(self, index: int | None, height: int | None = None) -> bool:
        height = max(1, self.size.height if height is None else height)
        return index is not None and self.top <= index < self.top + height

    def _scroll_into_view(self, index: int) -> None:
        height = max(1, self.size.height)
        self.scroll_to_line(max(index - height + 1, min(self.top, index)))
        self.post_message(self.Changed())

    def on_resize(self) -> None:
        """Keep the cursor in the window, if it was there."""
        was_visible = self._is_visible(self.cursor.index, self._height)
        self._height = self.size.height
        super().on_resize()
        if was_visible and self.cursor.index is not None:
            self._scroll_into_view(self.cursor.index)

    def action_move(self, by: int) -> None:
        """Move the cursor, and the window with it."""
        self.put_cursor((self.cursor.index or 0) + by)

    def action_home(self) -> None:
        """Put the cursor on the first row."""
        self.put_cursor(0)

    def action_end(self) -> None:
        """Put the cursor on the last row."""
        self.put_cursor(len(self.cursor.rows))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor; a second click opens the row."""
        self.put_cursor(self.top + event.y)
        if event.chain > 1 and self.cursor.current is not None:
            self.post_message(self.RowOpened(self.cursor.current))

    def on_focus(self) -> None:
        """Light the cursor."""
        self.repaint()

    def on_blur(self) -> None:
        """Dim the cursor."""
        self.repaint()

    # Marks

    def action_mark(self) -> None:
        """Mark or unmark the cursor's row, and go down."""
        self.marking = None
        self.cursor.toggle_mark()
        self.action_move(1)

    def action_unmark_all(self) -> None:
        """Take all marks off."""
        self.marking = None
        self.unmark(list(self.cursor.marked))

    def mark(self, rows: Iterable[Row]) -> None:
        """Mark all of *rows*."""
        self.cursor.mark(rows)
        self._marks_changed()

    def unmark(self, keys: Iterable[Key]) -> None:
        """Take the marks off the rows with these keys."""
        self.cursor.unmark(keys)
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.repaint()
        self.post_message(self.Changed())

    # Painting

    def line_count(self) -> int:
        """Return the number of rows, one line each."""
        return len(self.cursor.rows)

    def row(self, y: int) -> painted.Row:
        """Return the line of a row; in an empty list, why it is empty."""
        if self.cursor.rows or y != 0 or not self.empty:
            return super().row(y)
        return (Span(f"  {self.empty}", Tone.DIM),), ""

    def line(self, number: int, width: int) -> painted.Row:
        """Return a row with its gutter for cursor and mark."""
        row = self.cursor.rows[number]
        key = self.cursor.key_of(row)
        is_cursor, is_marked = key == self.cursor.key, key in self.cursor.marked
        is_gone = key == self.cursor.gone_key
        cells = self.gone_content if is_gone else self.content
        content = cells(row, width - GUTTER)
        if self.stale:
            content = tuple(Span(text, Tone.DIM) for text, _ in content)
        arrow = ">" if is_cursor and self.has_focus else " "
        gutter = Span(f"{arrow}{'*' if is_marked else ' '}", Tone.KEY)
        return (gutter, *content), self._backdrop(is_cursor, is_marked)

    def _backdrop(self, is_cursor: bool, is_marked: bool) -> str:
        if is_cursor and self.has_focus:
            return "row--cursor"
        if is_cursor and self.SHOWS_IDLE_CURSOR:
            return "row--idle-cursor"
        return "row--marked" if is_marked else ""
