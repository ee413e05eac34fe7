"""Adding to the sums of a minute, which the console and `stats` show.

The sums are a statement of their own, after the outcomes are committed: nothing that
is wrong with `queued_job_stats` (gone, locked, read-only, full) keeps an outcome from
being written. The price: outcomes whose processor crashes between the two are missing
in the sums; the jobs and their log are exact. The statement does not wait for locks:
the next outcomes wait behind it.

The minute is assigned to itself, because the column has ON UPDATE where the table was
made by a server with `explicit_defaults_for_timestamp=OFF`.
"""

from functools import partial

from sq_console.model import Sums
from sq_console.store import rows
from sq_console.store.protocols import Session
from sq_console.store.recording.retention_row import read_row

_ADD = """
{insert_promptly} queued_job_stats (minute, processor_id, succeeded, failed, retried,
  killed, duration_ms_sum, duration_ms_max)
VALUES ({this_minute}, %s, %s, %s, %s, %s, %s, %s)
{on_conflict} minute = queued_job_stats.minute,
  succeeded = queued_job_stats.succeeded + %s,
  failed = queued_job_stats.failed + %s, retried = queued_job_stats.retried + %s,
  killed = queued_job_stats.killed + %s,
  duration_ms_sum = queued_job_stats.duration_ms_sum + %s,
  duration_ms_max = {greatest}(queued_job_stats.duration_ms_max, %s)"""
_OLDEST = """
SELECT minute FROM queued_job_stats WHERE minute < {secs_ago}
 ORDER BY minute LIMIT 1"""
_DELETE = "DELETE FROM queued_job_stats WHERE minute = %s"
KEPT_SECS = 8 * 86_400
"""Sums are kept for so long, a week and a day, where `[retention] stats` is not set."""
MINUTES_AT_ONCE = 20
"""So many old minutes are deleted at once."""


def delete_old_minutes(
    session: Session, oldest: str, delete: str, kept_secs: int, most: int
) -> int:
    """Delete the rows of at most *most* minutes that are older than *kept_secs*, a
    minute a transaction; return how many rows. *oldest* finds the first such minute,
    *delete* deletes one.
    """
    deleted = 0
    for _ in range(most):
        found = session.rows(oldest, (kept_secs,))
        if not found:
            break
        minute = rows.as_text(found[0]["minute"])
        deleted += session.transact(
            partial(session.execute, delete, (minute,)), waits=False
        )
    return deleted


class StatsTable:
    """`queued_job_stats`, written over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, processor_id: int, sums: Sums) -> None:
        """Add *sums* to those of this minute. Raises StoreError when that cannot be
        done; RowLocked when it cannot be done within a second or a few. No outcome
        depends on it.
        """
        values = (
            sums.succeeded,
            sums.failed,
            sums.retried,
            sums.killed,
            sums.duration_ms_sum,
            sums.duration_ms_max,
        )
        params = (processor_id, *values, *values)
        self._session.transact(lambda: self._session.execute(_ADD, params), waits=False)

    def prune_minutes(self) -> int:
        """Delete sums that are too old, a few minutes of them; return how many rows.
        How old that is may be set by any processor, and holds for all.
        """
        found = read_row(self._session)
        published = found.row.stats_secs if found is not None else None
        kept_secs = KEPT_SECS if published is None else int(published)
        return delete_old_minutes(
            self._session, _OLDEST, _DELETE, kept_secs, MINUTES_AT_ONCE
        )
