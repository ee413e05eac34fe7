"""A pass over all rows that are old enough, batch after batch.

Nothing is deleted while a bulk action is under way: its jobs were counted. A batch is
one transaction: rows are locked and compared, handed on where they are exported, and
deleted, and the trail of the pass is written.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sq_console.model import PRUNED_STATES, PruneCut, Pruned, PruneKind
from sq_console.rules.upkeep.prune_pace import next_batch
from sq_console.store import rows
from sq_console.store.protocols import Session
from sq_console.store.retention.old_jobs import EndedPlace, OldJobs
from sq_console.store.retention.old_rows import OldRows, RowPlace
from sq_console.store.retention.whole_rows import RowSink

FIRST_BATCH = 100
COUNT_PAGE = 1_000

_BULK_UNDER_WAY = """
SELECT id FROM queued_job_bulk {use_bulk_state}
 WHERE state IN ('running', 'pulling') LIMIT 1"""
_UNCOUNTED = """
SELECT id FROM (
  SELECT id, not_begun FROM queued_job_bulk {use_bulk_state}
   WHERE state = 'stopped' ORDER BY id DESC LIMIT 20) AS stopped
 WHERE not_begun IS NULL"""


@dataclass(frozen=True, slots=True)
class PruningPass:
    """How far a pass is: the rest of the cuts, and the place in the first of them."""

    cuts: tuple[PruneCut, ...]
    job: EndedPlace = field(default_factory=EndedPlace)
    row: RowPlace | None = None

    @property
    def is_over(self) -> bool:
        """Return whether nothing is left to be looked at."""
        return not self.cuts

    def with_next_cut(self) -> "PruningPass":
        """Return it where the next kind of rows begins."""
        return PruningPass(self.cuts[1:])


class Pruner:
    """Prunes over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._jobs = OldJobs(session)
        self._rows = OldRows(session)
        self._size = FIRST_BATCH

    def bulk_under_way(self) -> int | None:
        """Return the id of a bulk action whose jobs are not to vanish."""
        for statement in (_BULK_UNDER_WAY, _UNCOUNTED):
            if found := self._session.rows(statement):
                return rows.whole(found[0]["id"])
        return None

    def prune_batch(
        self,
        at: PruningPass,
        *,
        note: Callable[[Pruned], None],
        sink: RowSink | None = None,
    ) -> tuple[Pruned, PruningPass]:
        """Delete a batch; return what was deleted, and where to go on. *note* is run in
        the transaction, when something was deleted: what it raises undoes the batch.
        """
        begun = time.monotonic()
        if at.cuts[0].kind in PRUNED_STATES:
            done = self._jobs_step(at, note, sink)
        else:
            done = self._rows_step(at, note, sink)
        self._size = next_batch(self._size, time.monotonic() - begun)
        return done

    def _jobs_step(
        self,
        at: PruningPass,
        note: Callable[[Pruned], None],
        sink: RowSink | None,
    ) -> tuple[Pruned, PruningPass]:
        cut, size = at.cuts[0], self._size
        ids, place = self._jobs.page(cut, at.job, size)
        if not ids:
            return Pruned(), at.with_next_cut()

        def delete() -> tuple[Pruned, bool]:
            deleted = self._jobs.delete(cut, ids, sink)
            _note_some(deleted.pruned, note)
            return deleted.pruned, deleted.is_whole

        pruned, is_whole = self._session.transact(delete, waits=False)
        if not is_whole:
            return pruned, at
        if len(ids) < size:
            return pruned, at.with_next_cut()
        return pruned, replace(at, job=place)

    def _rows_step(
        self,
        at: PruningPass,
        note: Callable[[Pruned], None],
        sink: RowSink | None,
    ) -> tuple[Pruned, PruningPass]:
        cut = at.cuts[0]
        place = at.row or self._rows.begin(cut)
        ids, following = self._rows.page(cut, place, self._size)

        def delete() -> Pruned:
            deleted = self._rows.delete(cut, ids, sink)
            _note_some(deleted, note)
            return deleted

        pruned = self._session.transact(delete, waits=False) if ids else Pruned()
        if following is None:
            return pruned, at.with_next_cut()
        return pruned, replace(at, row=following)

    def count_old(self, cuts: Sequence[PruneCut]) -> Iterator[Pruned]:
        """Yield, page after page, how many rows would be deleted so far; nothing is
        locked. The log of jobs that would go is not counted.
        """
        counted = Pruned()
        for cut in cuts:
            for number in self._numbers(cut):
                counted[cut.kind] += number
                yield counted

    def _numbers(self, cut: PruneCut) -> Iterator[int]:
        if cut.kind in PRUNED_STATES:
            ids, place = self._jobs.page(cut, EndedPlace(), COUNT_PAGE)
            while ids:
                yield len(ids)
                ids, place = self._jobs.page(cut, place, COUNT_PAGE)
            return
        at: RowPlace | None = self._rows.begin(cut)
        while at is not None:
            ids, at = self._rows.page(cut, at, COUNT_PAGE)
            yield len(ids)

    def endless_jobs(self, state: PruneKind, most: int) -> int:
        """Return how many jobs in *state* are kept because nobody wrote when they
        ended, *most* at most.
        """
        return self._jobs.endless(state, most)


def _note_some(pruned: Pruned, note: Callable[[Pruned], None]) -> None:
    if pruned.total():
        note(pruned)
