"""Pruning as the periodic duty of processors, and as the verb of an operator."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sq_console.errors import RowLocked
from sq_console.model import PruneCut, Pruned, PruneKind, Retention
from sq_console.rules.upkeep.prune_pace import cuts_of
from sq_console.store.protocols import Session
from sq_console.store.retention.duty import LEASE_SECS, DutyLost, RetentionDuty
from sq_console.store.retention.pruner import Pruner, PruningPass
from sq_console.store.retention.trail import PruneTrail
from sq_console.store.retention.whole_rows import RowSink


@dataclass(frozen=True, slots=True)
class DutyReport:
    """What a look at the duty came to."""

    is_at_work: bool
    """More may be to do at once."""
    finished: Pruned | None = None
    """A pass is over; so much was deleted in it."""
    pass_secs: float = 0.0
    """How old the pass is, over all processors that worked on it."""


class PruneRun:
    """One run of an operator: batch after batch, until it is over or left alone."""

    def __init__(self, session: Session, cuts: tuple[PruneCut, ...], who: str) -> None:
        self._pruner = Pruner(session)
        self._trail = PruneTrail(session, who)
        self._pass = PruningPass(cuts)

    @property
    def is_over(self) -> bool:
        """Return whether all that was old enough has been looked at."""
        return self._pass.is_over

    @property
    def deleted(self) -> Pruned:
        """Return what has been deleted."""
        return self._trail.deleted

    def prune_batch(self, sink: RowSink | None = None) -> int | None:
        """Delete a batch; or return the id of a bulk action to be waited for. Raises
        RowLocked when others keep it waiting for a lock.
        """
        if (bulk_id := self._pruner.bulk_under_way()) is not None:
            return bulk_id
        pruned, self._pass = self._pruner.prune_batch(
            self._pass, note=self._trail.note, sink=sink
        )
        self._trail.committed(pruned)
        return None


class StoreRetention:
    """Pruning over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pruner = Pruner(session)
        self._duty = RetentionDuty(session)
        self._pass: PruningPass | None = None
        self._in_pass = Pruned()
        self._now: datetime | None = None
        self._taken_at = 0.0
        self._trail: PruneTrail | None = None
        self._trail_of: date | None = None

    def run(self, cuts: tuple[PruneCut, ...], who: str) -> PruneRun:
        """Return a run of the operator *who*, not begun."""
        return PruneRun(self._session, cuts, who)

    def count_old(self, cuts: tuple[PruneCut, ...]) -> Iterator[Pruned]:
        """Yield, page after page, how many rows would be deleted; without locks."""
        return self._pruner.count_old(cuts)

    def endless_jobs(self, state: PruneKind, most: int) -> int:
        """Return how many jobs in *state* are kept because nobody wrote when they
        ended, *most* at most.
        """
        return self._pruner.endless_jobs(state, most)

    def work(self, worker: str, who: str, retention: Retention) -> DutyReport:
        """Delete a batch, if the duty is *worker*'s or free. *who* is named in the
        activity.
        """
        now = self._take_duty(worker, retention)
        if now is None:
            self._pass = None
            return DutyReport(is_at_work=False)
        if self._pruner.bulk_under_way() is not None:
            return DutyReport(is_at_work=False)
        if self._pass is None:
            self._pass, self._in_pass = PruningPass(cuts_of(retention, now)), Pruned()
        try:
            return self._work_on(self._pass, worker, self._trail_for(who, now))
        except DutyLost:
            self._pass = None
            return DutyReport(is_at_work=False)
        except RowLocked:
            return DutyReport(is_at_work=False)

    def leave(self, worker: str) -> None:
        """Give the duty up, if *worker* has it: another may go on at once."""
        self._pass = None
        self._duty.leave(worker)

    def _take_duty(self, worker: str, retention: Retention) -> datetime | None:
        """Take the duty, or prolong it after a while: each batch looks by itself."""
        asked_at = time.monotonic()
        if self._pass is None or asked_at - self._taken_at > LEASE_SECS / 4:
            self._now = self._duty.take_duty(worker, retention.stats)
            self._taken_at = asked_at
        return self._now

    def _work_on(self, at: PruningPass, worker: str, trail: PruneTrail) -> DutyReport:
        if at.is_over:
            self._duty.rest(worker)
            self._pass = None
            return DutyReport(is_at_work=False, finished=self._in_pass)

        def note(pruned: Pruned) -> None:
            trail.note(pruned)
            self._duty.confirm(worker)

        pruned, self._pass = self._pruner.prune_batch(at, note=note)
        trail.committed(pruned)
        self._in_pass += pruned
        return DutyReport(is_at_work=True, pass_secs=self._duty.pass_secs)

    def _trail_for(self, who: str, now: datetime) -> PruneTrail:
        """Return the trail of today: one row of activity a day."""
        if self._trail is None or self._trail_of != now.date():
            self._trail = PruneTrail(self._session, who)
            self._trail_of = now.date()
        return self._trail
