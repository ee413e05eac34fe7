"""A cursor in rows that grow at their end: it follows them until it is moved up."""

from collections.abc import Sequence

from sq_console.ui.state.cursors.row_cursor import Key, Row, RowCursor


class FollowingCursor(RowCursor[Row, Key]):
    """While it follows, the cursor is on the last row.

    While it does not, no row above it is dropped, and rows that arrive are counted as
    *unseen*.
    """

    following = True
    unseen = 0

    def put(self, index: int) -> int | None:
        """Put the cursor; the last row begins to follow, any other ends it."""
        self.following = index >= len(self.rows) - 1
        self.unseen = 0 if self.following else self.unseen
        return super().put(index)

    def append(self, rows: Sequence[Row], *, kept: int, held: int) -> None:
        """Add *rows* at the end.

        While following, the last *kept* rows stay. A cursor that holds its place does
        so for *held* rows; then it follows again.
        """
        self.rows = (*self.rows, *rows)
        if len(self.rows) > (kept if self.following else held):
            self.following = True
            self.rows = self.rows[-kept:]
        if self.following:
            self.put(len(self.rows))
        else:
            self.unseen += len(rows)

    def replace_last(self, row: Row) -> None:
        """Put *row* in place of the last one, whose key it has."""
        self.rows = (*self.rows[:-1], row)

    def clear(self) -> None:
        """Forget the rows and follow those that arrive."""
        super().clear()
        self.following, self.unseen = True, 0
