"""Does the ancestor, the strings-queue, still work on this database?

It knows nothing of our columns: its rows in the log have none of our marks, and begin
as its rows do. A row somebody wrote by hand does not begin so. It has a lock
(`ancestor_locks`) while it calls, also through a call that takes longer than rows count
as recent. Locks are the whole server's: one counts only where the job's own log has a
row of the ancestor.
"""

from sq_console.store import rows
from sq_console.store.claiming.ancestor_locks import AncestorLocks
from sq_console.store.protocols import Session

RECENT_SECS = 120
"""The ancestor is taken to work for so long after its last row of the log."""
NEWEST_ROWS = 500
"""So many rows of the log are looked at…"""
OLDEST_DUE = 50
"""…and the locks of so many due jobs."""

_IS_ANCESTORS = """attempt IS NULL AND event IS NULL AND processor IS NULL
   AND actor IS NULL AND head = '[JOBID '"""
_ROWS = """SELECT id, job_id, created_at, attempt, event, processor, actor,
  SUBSTR(msg, 1, 7) AS head FROM queued_job_log"""
_TRACES = f"""
SELECT job_id, created_at > {{secs_ago}} AS is_recent
  FROM ({_ROWS} {{use_primary}} ORDER BY id DESC LIMIT %s) AS newest
 WHERE {_IS_ANCESTORS}"""  # noqa: S608 - constants
_OLDEST = """
SELECT id FROM queued_job {use_due}
 WHERE state = 'pending' AND run_at <= {now} ORDER BY run_at LIMIT %s"""
_CALLED = f"""
SELECT job_id
  FROM ({_ROWS} {{use_job}} WHERE job_id = %s ORDER BY id DESC LIMIT %s) AS last
 WHERE {_IS_ANCESTORS} LIMIT 1"""  # noqa: S608 - constants


class AncestorTraces:
    """Looks for it over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._locks = AncestorLocks(session)

    def is_at_work(self) -> bool:
        """Has it logged lately, or is it calling a job?"""
        found = self._session.rows(_TRACES, (RECENT_SECS, NEWEST_ROWS))
        if any(row["is_recent"] for row in found):
            return True
        logged = {rows.whole(row["job_id"]) for row in found}
        if logged and self._locks.held_by_others(logged):
            return True
        due = self._session.rows(_OLDEST, (OLDEST_DUE,))
        locked = self._locks.held_by_others([rows.whole(row["id"]) for row in due])
        return bool(locked) and self._has_called(sorted(locked))

    def _has_called(self, ids: list[int]) -> bool:
        return any(self._session.rows(_CALLED, (each, NEWEST_ROWS)) for each in ids)
