"""Bulk actions as the console watches them: those under way, and the results that the
operator has not seen yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sq_console.errors import StoreRefused
from sq_console.model import UNENDED, BulkRow, BulkState
from sq_console.store import Store

RECENT = 10
_SEEN_SECS = 2.0
"""A result is there for so long before a key takes it away."""


def read_bulk(store: Store) -> tuple[BulkRow, ...]:
    """Return those under way and the newest, newest first; an older database has no
    such table.
    """
    try:
        rows = {row.id: row for row in (*store.bulk.running(), *store.bulk.ls(RECENT))}
    except StoreRefused:
        return ()
    return tuple(rows[bulk_id] for bulk_id in sorted(rows, reverse=True))


def has_calls_to_come(row: BulkRow, now: datetime) -> bool:
    """Return whether jobs of it are still to be called at its pace."""
    is_paced = row.due_until is not None and row.due_until > now
    return is_paced and row.state is BulkState.DONE


@dataclass(frozen=True, slots=True)
class BulkStanding:
    """What the header says of bulk actions."""

    actor: str
    under_way: tuple[BulkRow, ...] = ()
    results: tuple[BulkRow, ...] = ()
    """Ended, and not taken away by a key yet."""
    counting: int | None = None
    """Jobs counted so far, before a question is asked."""

    @property
    def own(self) -> BulkRow | None:
        """The one of this operator that runs, which esc stops."""
        running = (it for it in self.under_way if it.state is BulkState.RUNNING)
        return next((row for row in running if row.who == self.actor), None)


class BulkWatch:
    """Which bulk actions the operator follows."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._rows: tuple[BulkRow, ...] = ()
        self._now: datetime | None = None
        self._followed: set[int] = set()
        self._results: dict[int, tuple[float, BulkRow]] = {}
        self.counting: int | None = None
        """Jobs counted so far; None while none are, or once that was stopped."""
        self._count: object | None = None

    def begun(self, bulk_id: int) -> None:
        """Note that the operator has begun one: its result is shown."""
        self._followed.add(bulk_id)

    def note_rows(self, rows: Sequence[BulkRow], now: datetime) -> bool:
        """Note what was read, *now* by the database's clock; return whether
        one has ended that was followed.
        """
        has_ended = False
        self._now = now
        self._rows = tuple(rows)
        for row in rows:
            is_open = row.state in UNENDED
            is_open = is_open or (
                row.state is BulkState.STOPPED and row.not_begun is None
            )
            if is_open:
                self._followed.add(row.id)
            elif row.id in self._followed:
                self._followed.discard(row.id)
                self._results[row.id] = (monotonic(), row)
                has_ended = True
        return has_ended

    def begin_count(self) -> object | None:
        """Begin a count; return what stands for it, None while another is under way."""
        if self.counting is not None:
            return None
        self._count, self.counting = object(), 0
        return self._count

    def count_goes_on(self, count: object, counted: int) -> bool:
        """Note how far *count* is; return False when the operator has stopped it."""
        if count is not self._count:
            return False
        self.counting = counted
        return True

    def end_count(self, count: object) -> None:
        """Note that *count* has ended."""
        if count is self._count:
            self.stop_count()

    def stop_count(self) -> bool:
        """Stop the count under way; return whether there was one."""
        was, self._count, self.counting = self.counting, None, None
        return was is not None

    def key_pressed(self) -> None:
        """Take results away that were there to be seen."""
        now = monotonic()
        self._results = {
            bulk_id: (since, row)
            for bulk_id, (since, row) in self._results.items()
            if now - since < _SEEN_SECS
        }

    def standing(self) -> BulkStanding:
        """Return what the header says."""
        now = self._now
        under_way = tuple(
            row
            for row in self._rows
            if row.state in UNENDED or (now and has_calls_to_come(row, now))
        )
        results = tuple(row for _, row in self._results.values())
        return BulkStanding(self._actor, under_way, results, self.counting)
