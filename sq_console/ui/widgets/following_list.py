"""A list whose rows arrive at its end, and which follows them until one goes up."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events

from sq_console.ui.state.cursors.following_cursor import FollowingCursor
from sq_console.ui.state.cursors.row_cursor import Key, Row
from sq_console.ui.widgets.cursor_list import CursorList


class FollowingList(CursorList[Row, Key]):
    """Rows that arrive at the end: the list follows them until the operator goes up.

    An operator's place never slides: while the list does not follow, nothing is dropped
    above, and rows that arrive below are only counted.
    """

    KEPT: ClassVar[int] = 2_000
    """Rows kept while following."""
    HELD: ClassVar[int] = 20_000
    """Rows kept while the operator holds a place; after them the list follows again."""
    SHOWS_IDLE_CURSOR = False
    cursor: FollowingCursor[Row, Key]

    def __init__(
        self, cursor: FollowingCursor[Row, Key], *, id: str | None = None
    ) -> None:
        super().__init__(cursor, id=id)

    def append_rows(self, rows: Sequence[Row]) -> None:
        """Add *rows* at the end, oldest first."""
        self.cursor.append(rows, kept=self.KEPT, held=self.HELD)
        if self.cursor.following:
            self.scroll_to_line(self.line_count())
        else:
            self.repaint()
        self.post_message(self.Changed())

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the cursor up with the wheel, which ends following."""
        event.stop()
        self.action_move(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the cursor down with the wheel; at the end the list follows."""
        event.stop()
        self.action_move(3)

    def on_resize(self) -> None:
        """Keep the end visible while following."""
        if self.cursor.following:
            self.top = self.last_top()
        super().on_resize()
