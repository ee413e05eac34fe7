"""Rows of a list with a cursor and marks, remembered by the key of the row.

A list is first seen from its first row on, whichever that is. Once the operator has put
the cursor on a row, no refresh moves it off while the row is listed. When the row has
left the list, it can be kept as a gone row: the next key then cannot hit the row that
slid into its place. A row is of any type that has a key. All of this is plain data, so
that it can be tested without a screen.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)


class RowCursor(Generic[Row, Key]):
    """Rows in the list's order, with one cursor and any number of marks.

    *key_of* gives the key of a row, which no other row of the list has. *is_same* says
    whether two rows with one key are the same thing: an id may be given twice.
    """

    def __init__(
        self,
        key_of: Callable[[Row], Key],
        is_same: Callable[[Row, Row], bool] = lambda _before, _now: True,
    ) -> None:
        self.key_of = key_of
        self.rows: tuple[Row, ...] = ()
        self.key: Key | None = None
        """The key of the cursor's row."""
        self.gone_key: Key | None = None
        """The key of the cursor's row when it has left the list."""
        self.is_pinned = False
        """The operator has put the cursor where it is: it stays on its row. Until then
        it is on the first row, whichever that is.
        """
        self.marked: dict[Key, Row] = {}
        self._is_same = is_same
        self._index = 0

    @property
    def index(self) -> int | None:
        """The place of the cursor's row; None in an empty list."""
        return None if self.key is None else self._index

    @property
    def current(self) -> Row | None:
        """The cursor's row, as it is displayed."""
        return None if self.key is None else self.rows[self._index]

    def put(self, index: int) -> int | None:
        """Put the cursor on row *index* or the nearest there is, where it stays; return
        its place.
        """
        self.is_pinned = bool(self.rows)
        return self._put(index)

    def _put(self, index: int) -> int | None:
        if not self.rows:
            return None
        self._index = max(0, min(index, len(self.rows) - 1))
        self.key = self.key_of(self.rows[self._index])
        return self._index

    def update(
        self,
        rows: Sequence[Row],
        *,
        keep_gone_row: bool = False,
        latest: Row | None = None,
    ) -> bool:
        """Take *rows* in place of those before; return whether the cursor lost its row.

        With *keep_gone_row* the cursor's row stays after it has left the list, shown as
        *latest*, or as it was when *latest* is unknown.
        """
        was_key, was_at, before = self.key, self._index, self.rows
        last_seen = self.current
        self.rows, self.gone_key = tuple(rows), None
        self._renew_marks(rows)
        if was_key is None:
            self._put(0)
            return False
        if not self.is_pinned:
            self.key = None
            self._put(0)
            return self.key != was_key
        found = self._place_of(was_key)
        if found is not None:
            self._index = found
            return False
        gone = latest if latest is not None else last_seen
        if keep_gone_row and gone is not None:
            self._insert_gone(gone, before[:was_at], before[was_at + 1 :])
            return False
        self.key = None
        self._put(was_at)
        return True

    def in_place(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return *rows* with the cursor's row in the place that it has now: they are
        ordered by what changes, and it is the one that is looked at.
        """
        if self.key is None or not self.is_pinned:
            return rows
        others = [row for row in rows if self.key_of(row) != self.key]
        own = [row for row in rows if self.key_of(row) == self.key]
        return (*others[: self._index], *own, *others[self._index :])

    def _insert_gone(
        self, gone: Row, above: Sequence[Row], below: Sequence[Row]
    ) -> None:
        """Put *gone* where it was: beside the nearest row that is still listed, as far
        down as it was when none is.
        """
        over = (self._place_of(self.key_of(row)) for row in reversed(above))
        under = (self._place_of(self.key_of(row)) for row in below)
        places = chain((it + 1 for it in over if it is not None), under)
        far_down = min(len(above), len(self.rows))
        place = next((it for it in places if it is not None), far_down)
        self.rows = (*self.rows[:place], gone, *self.rows[place:])
        self.gone_key, self._index = self.key_of(gone), place

    def clear(self) -> None:
        """Forget the rows and the cursor; marks stay."""
        self.rows, self.key, self.gone_key, self._index = (), None, None, 0
        self.is_pinned = False

    def toggle_mark(self) -> None:
        """Mark the cursor's row, or take its mark off."""
        row = self.current
        self.is_pinned = row is not None
        if row is not None and self.marked.pop(self.key_of(row), None) is None:
            self.mark([row])

    def mark(self, rows: Iterable[Row]) -> None:
        """Mark all of *rows*, be they listed or not."""
        self.marked.update((self.key_of(row), row) for row in rows)

    def unmark(self, keys: Iterable[Key]) -> None:
        """Take the marks off the rows with these keys."""
        for key in keys:
            self.marked.pop(key, None)

    def _renew_marks(self, rows: Iterable[Row]) -> None:
        """Keep marked rows as they are now; another row with the key loses the mark."""
        if not self.marked:
            return
        for row in rows:
            key = self.key_of(row)
            marked = self.marked.get(key)
            if marked is not None and self._is_same(marked, row):
                self.marked[key] = row
            elif marked is not None:
                del self.marked[key]

    def _place_of(self, key: Key) -> int | None:
        return next(
            (i for i, row in enumerate(self.rows) if self.key_of(row) == key), None
        )
