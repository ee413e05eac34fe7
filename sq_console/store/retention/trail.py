"""The row of activity that tells what was pruned, written in the transactions that
delete: it is exact, wherever the pruning ends.
"""

from sq_console.model import Pruned
from sq_console.store.actions.activity import note_activity
from sq_console.store.protocols import Session
from sq_console.text.pruned.prune_words import jobs_of, rows_words

ACTION = "prune"

_UPDATE = """
UPDATE queued_job_activity {use_primary}
   SET jobs = %s, note = %s, created_at = created_at WHERE id = %s"""


class PruneTrail:
    """One row of activity."""

    def __init__(self, session: Session, who: str) -> None:
        self._session = session
        self._who = who
        self._id: int | None = None
        self._uncommitted_id: int | None = None
        self.deleted = Pruned()
        """What has been deleted."""

    def note(self, pruned: Pruned) -> None:
        """Within a transaction: add *pruned* to the row."""
        total = self.deleted + pruned
        jobs, text = jobs_of(total), f"{rows_words(total)} removed"
        if self._id is None:
            self._uncommitted_id = note_activity(
                self._session, self._who, ACTION, jobs=jobs, note=text
            )
        else:
            self._session.execute(_UPDATE, (jobs, text, self._id))

    def committed(self, pruned: Pruned) -> None:
        """The transaction of `note` was committed."""
        self.deleted += pruned
        self._id = self._id or self._uncommitted_id
