"""Rows that the database refuses to change, by a trigger or a CHECK: each harms itself
only. And rows that are not as they were read: those are not changed.

An UPDATE of many that is refused is done in halves, down to the row that is the reason;
that row is left alone for a while, and told of. Where row after row is refused it is
not this or that one, but the table: then the refusal is everybody's.
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
"""A row that was refused is left alone for so long."""
MAX_SKIPPED = 1_000
"""Rows left alone; the longest known are tried again first."""
TABLE_FAILS_AFTER = 20
"""So many refused, and none not."""

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
    """Those met over one session."""

    def __init__(
        self, session: Session, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._clock = clock
        self._until: dict[int, float] = {}
        self._unreported: dict[int, StuckJob] = {}

    def skipped_ids(self) -> list[int]:
        """Ids of jobs not to be tried for now, ascending."""
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
        """Make *change* to these rows; the ids of those it changed. Raises the refusal
        when it is everybody's.
        """
        refused: list[StuckJob] = []
        done: set[int] = set()
        parts = deque([sorted(found)] if found else [])
        while parts:
            part = parts.popleft()  # large ones first: one of them may be well whole
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
        """Locks are not trusted: some engines read SKIP LOCKED and do not skip."""
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
    """A condition that is true of these rows, found by their ids. Most have the same
    number of attempts: a list of pairs would be parsed and compared for nothing.
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
