"""A row whose UPDATE is refused, by a trigger or a CHECK, is skipped and reported;
other rows are unaffected. Rows that are no longer as they were read are not changed.

An UPDATE of many rows that is refused is run again in halves, down to the row that is
the reason. That row is skipped for a while, and reported. Where row after row is
refused, the table is the reason: then the refusal is raised.
"""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sq_console.errors import RowRefused, StoreRefused
from sq_console.model import StuckJob
from sq_console.store import rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Params, Session

REFUSED = (RowRefused, StoreRefused)
SKIP_SECS = 30.0
"""A row whose UPDATE was refused is skipped for so long."""
MAX_SKIPPED = 1_000
"""So many rows are skipped at most; those known for longest are tried again first."""
TABLE_FAILS_AFTER = 20
"""The table is the reason when so many rows were refused, and none was changed."""

Pair = tuple[int, int]
"""(job id, attempts)"""

_CHANGED = "SELECT id FROM queued_job {use_primary} WHERE "


@dataclass(frozen=True, slots=True)
class RowUpdate:
    """An UPDATE of rows that were read before, of each only if it still is as it was
    read.
    """

    doing: str
    """Named in the report of a refusal: the row could not be claimed, given back or
    rescued.
    """
    statement: str
    """Up to and with its WHERE and a condition."""
    params: Params
    after: str
    """A condition that is true of the rows it has changed."""
    after_params: Params = ()
    attempts_before: str = "attempts"
    """The expression that must be equal to the number in the pair."""


class StuckRows:
    """The rows that were refused over one session."""

    def __init__(
        self, session: Session, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._clock = clock
        self._until: dict[int, float] = {}
        self._unreported: dict[int, StuckJob] = {}

    def skipped_ids(self) -> list[int]:
        """Return the ids of jobs to skip for now, ascending."""
        if self._until:
            now = self._clock()
            self._until = {i: until for i, until in self._until.items() if until > now}
        return sorted(self._until)

    def take_reports(self) -> tuple[StuckJob, ...]:
        """Return the jobs that could not be claimed, given back or rescued since the
        last call: the database refused to change just these.
        """
        reports = tuple(self._unreported.values())
        self._unreported.clear()
        return reports

    def run_update(self, update: RowUpdate, found: Sequence[Pair]) -> set[int]:
        """Run *update* for the rows *found*; return the ids of those it changed.
        Raises the refusal when the table is the reason.
        """
        refused: list[StuckJob] = []
        done: set[int] = set()
        parts = deque([sorted(found)] if found else [])
        while parts:
            part = parts.popleft()  # large parts first: all rows of one may be accepted
            try:
                done |= self._run_once(update, part)
            except REFUSED as error:
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[:middle], part[middle:]]
                    continue
                refused.append(StuckJob(part[0][0], update.doing, str(error)))
                if len(refused) >= TABLE_FAILS_AFTER and not done:
                    raise
        for stuck in refused:
            self._skip(stuck)
        return done

    def _run_once(self, update: RowUpdate, part: Sequence[Pair]) -> set[int]:
        """Run *update* once; return the ids of the rows it changed. Locks are not
        trusted: some engines parse SKIP LOCKED and do not skip.
        """
        as_read, params = _these(part, update.attempts_before)
        matched = self._session.execute(
            f"{update.statement} AND {as_read}", (*update.params, *params)
        )
        if matched in (0, len(part)):
            return {job_id for job_id, _ in part} if matched else set()
        as_made, params = _these(part, "attempts")
        found = self._session.rows(
            f"{_CHANGED}{update.after} AND {as_made}", (*update.after_params, *params)
        )
        return {rows.whole(row["id"]) for row in found}

    def _skip(self, stuck: StuckJob) -> None:
        self._until.pop(stuck.job_id, None)
        if len(self._until) >= MAX_SKIPPED:
            del self._until[next(iter(self._until))]
        self._until[stuck.job_id] = self._clock() + SKIP_SECS
        self._unreported[stuck.job_id] = stuck


def _these(pairs: Sequence[Pair], attempts: str) -> tuple[str, Params]:
    """Return a condition that is true of these rows, found by their ids. Most rows
    have the same number of attempts: a list of pairs would be parsed and compared for
    nothing.
    """
    by_attempts: defaultdict[int, list[int]] = defaultdict(list)
    for job_id, number in pairs:
        by_attempts[number].append(job_id)
    if len(by_attempts) == 1:
        ((number, ids),) = by_attempts.items()
        return f"id IN {in_list(ids)} AND {attempts} = %s", (*ids, number)
    all_ids = [job_id for job_id, _ in pairs]
    params: list[object] = [*all_ids]
    groups = []
    for number, ids in by_attempts.items():
        groups.append(f"{attempts} = %s AND id IN {in_list(ids)}")
        params += [number, *ids]
    return f"id IN {in_list(all_ids)} AND ({' OR '.join(groups)})", params
