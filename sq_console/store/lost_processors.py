"""`queued_job_lost_processor`: which processors died, and how many jobs were rescued
from each.

It is written in the transactions of the rescue itself, and the rescue depends on none
of it: no statement here waits for a lock, and a table that is missing or refuses a row
is left alone. A row is inserted only by who has locked the row of the processor, so
that two rescuers of one processor do not wait for each other's INSERT.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from sq_console.errors import RowRefused, StoreRefused
from sq_console.model import LOST_KEPT_SECS
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Session

_LOCK_LOST = "SELECT id FROM queued_job_lost_processor WHERE id = %s {skip_locked}"
_LOCK_DEAD = "SELECT id FROM queued_job_processor WHERE id = %s {skip_locked}"
_IS_IN_TABLE = "SELECT id FROM queued_job_processor WHERE id = %s"
_IS_THERE = "SELECT id FROM queued_job_lost_processor WHERE id = %s"
_ENTER = """
INSERT INTO queued_job_lost_processor
  (id, name, version, started_at, heartbeat_at, concurrency, rescued)
SELECT id, name, version, started_at, heartbeat_at, concurrency, %s
  FROM queued_job_processor WHERE id = %s"""
_COUNT = """
UPDATE queued_job_lost_processor
   SET rescued = rescued + %s, started_at = started_at, heartbeat_at = heartbeat_at,
       lost_at = lost_at
 WHERE id = %s"""
_DECLARE = """
UPDATE queued_job_lost_processor
   SET lost_at = {now}, started_at = started_at,
       heartbeat_at = {greatest}(heartbeat_at, COALESCE((SELECT p.heartbeat_at
         FROM queued_job_processor AS p WHERE p.id = %s), heartbeat_at))
 WHERE id = %s"""
# A processor that is known to be dead has a heartbeat of long ago, so that it is dead
# for everybody: the one it had before is kept here.
_OLD = """
SELECT id FROM queued_job_lost_processor {use_processor_lost}
 WHERE lost_at < {secs_ago} ORDER BY lost_at LIMIT 100"""
_DELETE_OLD = "DELETE FROM queued_job_lost_processor WHERE id IN "


class LostProcessorTable:
    """The table of lost processors, written over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_rescued(self, numbers: Mapping[int, int]) -> dict[int, int]:
        """Enter the processors with these ids, unless they are there, and add the
        numbers of jobs rescued from them. Return what was not added, because another
        session has locked the row: it is to be added later. A processor that is in
        neither table left by itself: nothing is kept of it.
        """
        with suppress(StoreRefused, RowRefused):
            return {
                processor_id: number
                for processor_id, number in numbers.items()
                if not self._add(processor_id, number)
            }
        return {}

    def declare_lost(self, processor_id: int) -> None:
        """Note that its row is deleted now; the caller has locked that row."""
        with suppress(StoreRefused, RowRefused):
            if self._add(processor_id, 0):
                self._session.execute(_DECLARE, (processor_id, processor_id))

    def prune(self) -> None:
        """Forget those that were lost a day ago, a hundred at a time."""
        with suppress(StoreRefused, RowRefused):
            old = self._session.rows(_OLD, (LOST_KEPT_SECS,))
            ids: Sequence[object] = [row["id"] for row in old]
            if ids:
                self._session.execute(f"{_DELETE_OLD}{in_list(ids)}", ids)

    def _add(self, processor_id: int, number: int) -> bool:
        by_id = (processor_id,)
        if self._session.rows(_LOCK_LOST, by_id):
            if number:
                self._session.execute(_COUNT, (number, processor_id))
            return True
        if not self._session.rows(_LOCK_DEAD, by_id):
            return not self._is_in_a_table(processor_id)
        if self._session.rows(_IS_THERE, by_id):
            return False
        self._session.execute(_ENTER, (number, processor_id))
        return True

    def _is_in_a_table(self, processor_id: int) -> bool:
        """In this order: it leaves the one table when it is in the other."""
        return any(
            self._session.rows(statement, (processor_id,))
            for statement in (_IS_IN_TABLE, _IS_THERE)
        )
