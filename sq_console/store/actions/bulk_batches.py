"""Working on bulk actions, a batch at a time, under a lease: its worker may stand still
or be killed at any moment, and another goes on.

A batch is one transaction: its jobs are locked and compared with how they were read,
written, and the progress is written into the row of the bulk action, where that is
still this worker's. So what is counted as done was done, once, and nothing else was.
"""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from sq_console.errors import StoreRefused
from sq_console.model import (
    BulkState,
    BulkVerb,
    JobState,
    JobSummary,
)
from sq_console.store import rows
from sq_console.store.actions.bulk_lease import (
    BulkLeases,
    LeasedBulk,
    LeaseLost,
    error_text,
)
from sq_console.store.actions.bulk_pull import pull_batch
from sq_console.store.actions.bulk_walk import WalkPosition, walk, walk_again
from sq_console.store.actions.bulk_writes import BulkWrites, CallTimes
from sq_console.store.actions.holds import lift_spread_hold
from sq_console.store.dialect import in_list
from sq_console.store.log_rows import write_log
from sq_console.store.protocols import Row, Session
from sq_console.store.stuck_rows import REFUSED, TABLE_FAILS_AFTER

BATCH = 200
COUNT_BATCH = 500
MOST_LOCKED = 2_000
"""Jobs that are remembered as locked; with more of them the walk waits."""
_TRIES = 30
BATCH_SECS = 1.0
"""A batch that takes longer is followed by a smaller one: far from its end a lease
would be lost, and what was done undone, again and again.
"""
NOT_UNDERSTOOD = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    re.error,
)
"""What a row that another version wrote, or a job's own text, makes Python raise: it
ends this action, or refuses this job; the actions behind it go on.
"""
T = TypeVar("T")

_LOCK = """
SELECT id, state, attempts, created_at, bulk_id, max_retries, remaining_retries,
       kill_requested_at, http_method, url, headers
  FROM queued_job {use_primary} WHERE id IN """


class BulkBatches:
    """Batches over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._leases = BulkLeases(session)
        self._size = max(BATCH, COUNT_BATCH)

    def work(self, worker: str) -> bool:
        """Work on a batch of some bulk action; return whether there was one, and more
        may be to do at once.
        """
        bulk = self._leases.take(worker)
        if bulk is None:
            return False
        begun = time.monotonic()
        try:
            return _or_refused(lambda: self._step(bulk))
        except LeaseLost:
            return True
        except REFUSED as error:
            return self._fail(bulk, error_text(error))
        finally:
            self._size = _next_size(self._size, time.monotonic() - begun)

    def _fail(self, bulk: LeasedBulk, why: str) -> bool:
        with suppress(LeaseLost):
            self._leases.save(bulk.with_row(error=why), BulkState.FAILED)
        return True

    def _step(self, bulk: LeasedBulk) -> bool:
        state, position = bulk.row.state, bulk.position
        if state is BulkState.STOPPED:
            return self._count_rest(bulk)
        if state is BulkState.PULLING:
            is_counted = bulk.row.not_begun is not None or _is_walked(position)
            return self._pull(bulk) if is_counted else self._count_rest(bulk)
        if position.is_over or len(position.locked) > MOST_LOCKED - BATCH:
            return self._meet_again(bulk)
        size = min(BATCH, self._size)
        jobs, following = walk(self._session, bulk.row.request, position, size, bulk.id)
        self._end_if_walked(self._act(bulk, jobs, following))
        return True

    # Acting

    def _act(
        self, bulk: LeasedBulk, jobs: Sequence[JobSummary], following: WalkPosition
    ) -> LeasedBulk:
        """Act on *jobs* in one transaction; on each in its own when the database
        refuses one of them.
        """
        try:
            return self._session.transact(
                lambda: _or_refused(lambda: self._act_on(bulk, jobs, following))
            )
        except REFUSED as error:
            why, known = error, len(bulk.position.locked)
        before = bulk.row
        for number, job in enumerate(jobs, 1):
            bulk = self._act_on_one(bulk, job)
            if number >= TABLE_FAILS_AFTER and bulk.row.done == before.done:
                raise why  # the table is the reason
        locked = (*following.locked, *bulk.position.locked[known:])
        last = bulk.at(replace(following, locked=locked))
        self._leases.save(last)
        return last

    def _act_on_one(self, bulk: LeasedBulk, job: JobSummary) -> LeasedBulk:
        try:
            return self._session.transact(
                lambda: _or_refused(lambda: self._act_on(bulk, (job,), bulk.position))
            )
        except REFUSED as error:
            refused = bulk.row.refused + 1
            after = bulk.with_row(refused=refused, error=error_text(error))
            self._leases.save(after)
            return after

    def _act_on(
        self, bulk: LeasedBulk, jobs: Sequence[JobSummary], following: WalkPosition
    ) -> LeasedBulk:
        """Within a transaction: lock, compare, write, note the progress."""
        by_id = self._lock([job.id for job in jobs])
        same = [
            by_id[job.id]
            for job in jobs
            if job.id in by_id and _is_same(job, by_id[job.id], bulk.id)
        ]
        made = BulkWrites(self._session, bulk.row, _pace(bulk)).act_on(same)
        write_log(self._session, made.log)
        missed = tuple(job.id for job in jobs if job.id not in by_id)
        row, changed = bulk.row, len(by_id) - len(same)
        after = bulk.at(replace(following, locked=(*following.locked, *missed)))
        after = after.with_row(
            done=row.done + made.done,
            refused=row.refused + made.refused + changed,
            due_until=made.due_until or row.due_until,
            error=made.error or row.error,
        )
        self._leases.save(after)
        return after

    def _lock(self, ids: Sequence[int]) -> dict[int, Row]:
        if not ids:
            return {}
        statement = f"{_LOCK}{in_list(ids)} ORDER BY id {{skip_locked}}"
        found = self._session.rows(statement, sorted(ids))
        return {rows.whole(row["id"]): row for row in found}

    def _meet_again(self, bulk: LeasedBulk) -> bool:
        """Meet those again that were locked; after many tries they are refused."""
        position = bulk.position
        size = min(BATCH, self._size)
        batch, rest = position.locked[:size], position.locked[size:]
        jobs = walk_again(self._session, bulk.row.request, batch, bulk.id)
        gone = bulk.row.refused + len(batch) - len(jobs)
        tried = replace(position, locked=rest, tries=position.tries + 1)
        bulk = self._act(bulk.with_row(refused=gone), jobs, tried)
        is_stuck = len(bulk.position.locked) == len(position.locked) > 0
        if is_stuck and tried.tries >= _TRIES:
            bulk = self._refuse_locked(bulk)
        self._end_if_walked(bulk)
        return not is_stuck

    def _refuse_locked(self, bulk: LeasedBulk) -> LeasedBulk:
        locked = len(bulk.position.locked)
        said = f"{locked} of its jobs stayed locked by somebody else"
        after = bulk.with_row(refused=bulk.row.refused + locked, error=said)
        return after.at(replace(bulk.position, locked=()))

    def _end_if_walked(self, bulk: LeasedBulk) -> None:
        """Jobs that were counted and not met have changed meanwhile; those refused one
        by one may have been met twice, before and after their worker was killed.
        """
        if not _is_walked(bulk.position):
            return
        row = bulk.row

        def end() -> None:
            last = bulk.with_row(refused=max(0, row.counted - row.done))
            if row.request.verb is BulkVerb.RESUME:
                why_not = lift_spread_hold(self._session, row)
                last = last.with_row(error=why_not or row.error)
            self._leases.save(last, BulkState.DONE)

        self._session.transact(end)

    # Stopped

    def _count_rest(self, bulk: LeasedBulk) -> bool:
        """Count a page of what was not begun."""
        position, row = bulk.position, bulk.row
        if not position.is_over:
            size = min(COUNT_BATCH, self._size)
            jobs, position = walk(self._session, row.request, position, size, bulk.id)
            position = replace(position, rest=position.rest + len(jobs))
            bulk = bulk.at(position)
        if position.is_over:
            not_begun = position.rest + len(position.locked)
            refused = max(0, row.counted - row.done - not_begun)
            bulk = bulk.with_row(not_begun=not_begun, refused=refused)
        self._leases.save(bulk)
        return True

    def _pull(self, bulk: LeasedBulk) -> bool:
        """Take a batch of its retries back."""

        def pull_and_note() -> bool:
            pulled = pull_batch(self._session, bulk.row, bulk.position.pulled_to)
            position = replace(bulk.position, pulled_to=pulled.last_id)
            all_pulled = bulk.row.pulled_back + pulled.jobs
            moved = bulk.at(position).with_row(
                pulled_back=all_pulled, not_begun=bulk.row.not_begun or 0
            )
            self._leases.save(moved, BulkState.STOPPED if pulled.is_over else None)
            return True

        return self._session.transact(pull_and_note)


def _or_refused(work: Callable[[], T]) -> T:
    """Return what *work* returns. Raises StoreRefused for what is not understood:
    inside a transaction, so that it is undone as for any refusal.
    """
    try:
        return work()
    except NOT_UNDERSTOOD as error:
        said = f"not understood: {type(error).__name__}: {error}"
        raise StoreRefused(said) from error


def _next_size(size: int, took_secs: float) -> int:
    """Return how many jobs the next batch has, after one of *size* of them."""
    if took_secs > BATCH_SECS:
        return max(1, int(size * BATCH_SECS / took_secs))
    most = max(BATCH, COUNT_BATCH)
    return min(most, size * 2) if took_secs < BATCH_SECS / 2 else size


def _is_walked(position: WalkPosition) -> bool:
    return position.is_over and not position.locked


def _is_same(job: JobSummary, row: Row, bulk_id: int) -> bool:
    return (
        JobState(rows.as_text(row["state"])) is job.state
        and rows.whole(row["attempts"]) == job.attempts
        and rows.moment(row["created_at"]) == job.created_at
        and rows.whole_or_none(row["bulk_id"]) != bulk_id
    )


def _pace(bulk: LeasedBulk) -> CallTimes:
    """The calls go on after the last one that was given a time, never in the past: a
    pace is kept even where nobody worked for a while.
    """
    per_second = bulk.row.request.per_second
    if per_second is None or bulk.row.due_until is None:
        return CallTimes(bulk.now, per_second)
    following = bulk.row.due_until + timedelta(seconds=1 / per_second)
    return CallTimes(max(bulk.now, following), per_second)
