"""Jobs that operators want called once although their host, or everything, is held.

They are found by their ids, whatever there is room for. An entry is good for one
claim: it is deleted in the transaction of the claim, and one whose job was started
since it was made counts no more.
"""

from collections.abc import Collection

from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session

_TRIED = """
SELECT {claimed_columns} FROM queued_job {use_primary}
 WHERE state = 'pending' AND run_at <= {now}
   AND EXISTS (SELECT 1 FROM queued_job_try AS t WHERE t.job_id = queued_job.id
         AND (last_started_at IS NULL OR last_started_at <= t.since)) AND id IN """
_FORGET = "DELETE FROM queued_job_try WHERE job_id IN "


class TriedJobs:
    """Finds and locks them over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def select(self, ids: Collection[int], limit: int) -> list[Row]:
        """Lock those of *ids* that may be claimed; return them as `CLAIMED_COLUMNS`."""
        if not ids:
            return []
        statement = f"{_TRIED}{in_list(ids)} ORDER BY id LIMIT %s {{skip_locked}}"
        return self._session.rows(statement, (*sorted(ids), limit))

    def forget(self, ids: Collection[int]) -> None:
        """Delete the entries of jobs that were claimed."""
        if ids:
            self._session.execute(f"{_FORGET}{in_list(ids)}", sorted(ids))
