"""The ancestor's locks: `GET_LOCK('lock_job_<id>')`, held by one session for each of
its calls.

Beside the ancestor a claim takes the lock of each job, and keeps it until the outcome
is recorded: neither calls what the other calls. The lock is taken while the row is
locked, without waiting: who had it before has written what came of his call, or
cannot have called. The ancestor, which reads rows that run here as pending, waits ten
seconds for the lock, leaves the job, or finds it decided.

A lock ends with its connection. It is taken anew on the next one; what the ancestor has
begun to call meanwhile is called twice, and its outcome here is fenced as ever. The
ancestor moves no run_at: a job that failed there waits here for its delay as well.

MySQL 5.7 and MariaDB 10.0 let a session have many such locks. Their names are the whole
server's; so a strings-queue on another database of it only delays jobs here.
"""

import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence, Set

from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.json_param import json_param
from sq_console.store.protocols import Row, Session

VERIFY_SECS = 1.0
"""How often the locks are looked at: the connection may be another one."""

_STILL_DUE = """
SELECT id FROM queued_job {use_primary} WHERE run_at <= {now} AND id IN """


class AncestorLocks:
    """The locks that one session has."""

    def __init__(
        self, session: Session, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._clock = clock
        self._taken: Counter[int] = Counter()
        """How often each was taken: it must be released as often."""
        self._new: set[int] = set()
        """Those taken since the last look: *keep* may not know these jobs yet."""
        self._verify_at = 0.0

    def lockable(self, found: Sequence[Row]) -> list[Row]:
        """Return those rows, locked in this transaction, whose job nobody calls and
        that are due by the ancestor's rule too; their locks are taken.
        """
        ids = [rows.whole(row["id"]) for row in found]
        ours = self._take(self._due(ids))
        return [row for row in found if rows.whole(row["id"]) in ours]

    def keep(self, ids: Set[int]) -> set[int]:
        """Keep the locks of the jobs *ids*, release all others. Return the jobs whose
        lock was lost to somebody else.
        """
        known = ids | self._new
        self._new = set()
        self._release([job_id for job_id in self._taken if job_id not in known])
        if self._clock() >= self._verify_at:
            self._verify_at = self._clock() + VERIFY_SECS
            for job_id in set(self._taken) - self._own(list(self._taken)):
                del self._taken[job_id]
        missing = ids - set(self._taken)
        return set(missing) - self._take(missing)

    def held_by_others(self, ids: Collection[int]) -> set[int]:
        """Return those of *ids* whose lock another session has."""
        return {job_id for job_id, is_own in self._owners(ids) if not is_own}

    def _due(self, ids: Collection[int]) -> Collection[int]:
        """Set the due time of jobs that the ancestor retries later; return the rest."""
        if not ids:
            return ids
        moved = self._session.execute("{ancestors_delay}" + in_list(ids), tuple(ids))
        if not moved:
            return ids
        due = self._session.rows(f"{_STILL_DUE}{in_list(ids)}", tuple(ids))
        return [rows.whole(row["id"]) for row in due]

    def _take(self, ids: Collection[int]) -> set[int]:
        if not ids:
            return set()
        listed = json_param([[each] for each in ids])
        answers = self._session.rows("{take_job_locks}", (listed,))
        got = {rows.whole(row["id"]) for row in answers if row["got"] == 1}
        self._taken.update(got)
        self._new |= got
        return got

    def _release(self, ids: Collection[int]) -> None:
        if not ids:
            return
        often = [[job_id] for job_id in ids for _ in range(self._taken[job_id])]
        self._session.rows("{release_job_locks}", (json_param(often),))
        for job_id in ids:
            del self._taken[job_id]

    def _own(self, ids: Collection[int]) -> set[int]:
        return {job_id for job_id, is_own in self._owners(ids) if is_own}

    def _owners(self, ids: Collection[int]) -> list[tuple[int, bool]]:
        if not ids:
            return []
        listed = json_param([[each] for each in ids])
        return [
            (rows.whole(row["id"]), row["is_own"] == 1)
            for row in self._session.rows("{job_lock_owners}", (listed,))
            if row["is_own"] is not None
        ]
