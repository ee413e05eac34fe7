"""Following the causes of failures without reading twenty thousand rows each second.

With each look the sums of both lists are read, and of their jobs those of stretches
whose sums have changed (`changed_stretches`). An edit changes no sum: so one more piece
is read again in turn, and all of it now and then, and after an operator did something
to many jobs.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sq_console.model import (
    CAUSES_WINDOW,
    Cause,
    CauseKey,
    CausesReading,
    FailedJob,
    JobState,
)
from sq_console.rules.causes import (
    AGE_ORDER,
    count_together,
    in_order,
    with_known_onset,
)
from sq_console.store.queries.changed_stretches import (
    EPOCH,
    NEVER,
    Mark,
    Stretch,
    SummedList,
)

if TYPE_CHECKING:  # it makes the causes of a single look with a follower
    from sq_console.store.queries.newest_causes import StoreCauses

CAUSE_STATES = (JobState.FAILED, JobState.PENDING)
"""Failed, and waiting for a retry."""
PIECE_ROWS = 1_000
HEAD_ROWS = 500
"""So many of the newest are read again whenever one more job fails."""
SUMS_AT_ONCE = 10
REREAD_SECS = 300.0
STEP_JOBS, STEP_CAUSES = 10_000, 1_000
"""So much is grouped in one step."""
REGROUP_SECS = 5.0
"""Causes of the same jobs are made anew so often: some are over by then."""
_END_OF_TIME = datetime(9998, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FailedJobs:
    """A piece of a list of jobs that failed, newest first."""

    jobs: tuple[FailedJob, ...]
    first: Mark | None
    """Its newest row; None of a piece without any."""
    last: Mark | None
    """Where the next piece begins; None at the end of the list."""


class CausesFollower:
    """The causes of the jobs that failed last, kept up to date.

    `step` is called on the lane of a store; `reading` is a value for anybody.
    """

    def __init__(
        self,
        limit: int = CAUSES_WINDOW,
        piece_rows: int = PIECE_ROWS,
        head_rows: int = HEAD_ROWS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reading = CausesReading((), 0, False, None, EPOCH)
        self._limit = limit
        self._piece_rows = piece_rows
        self._head_rows = head_rows
        self._clock = clock
        self._lists = {it: SummedList([], (NEVER,)) for it in CAUSE_STATES}
        self._is_cut = False
        self._most_known = 0
        """So many jobs were known since all was read."""
        self._is_changed = False
        self._read_at = self._grouped_at = -REREAD_SECS
        self._rolling: tuple[JobState, Mark | None] = CAUSE_STATES[0], None
        self._work: Iterator[None] | None = None
        self._causes: StoreCauses | None = None

    @property
    def has_read(self) -> bool:
        """Return whether `reading` is of the database."""
        return self.reading.now > EPOCH

    def reread(self) -> None:
        """Read all of it with the next look: many jobs were changed."""
        self._read_at = -REREAD_SECS

    def job_ids(self, key: CauseKey) -> list[int]:
        """Return the jobs of a cause, the newest failure first."""
        return [job.id for job in self._jobs() if job.key == key]

    def step(self, causes: StoreCauses) -> bool:
        """Read one piece; return whether this look is not complete yet."""
        self._causes = causes
        if self._work is None:
            self._work = self._look()
        try:
            next(self._work)
        except BaseException as error:
            self._work = None
            if isinstance(error, StopIteration):
                return False
            self.reread()
            raise
        return True

    def _look(self) -> Iterator[None]:
        if self._wants_all():
            yield from self._read_all()
        else:
            for state in CAUSE_STATES:
                yield from self._read_changed(state)
            yield from self._read_again()
        self._trim()
        yield from self._regroup()

    def _wants_all(self) -> bool:
        """Return whether it is time for it, or more are to be had than are left."""
        is_short = self._is_cut and self._number_known() < self._most_known // 2
        return is_short or self._clock() - self._read_at >= REREAD_SECS

    def _number_known(self) -> int:
        return sum(len(it.known) for it in self._lists.values())

    def _piece(self, state: JobState, after: Mark | None, limit: int) -> FailedJobs:
        assert self._causes is not None  # `step` has set it
        return self._causes.piece(state, after, limit)

    def _read_all(self) -> Iterator[None]:
        """Read both lists side by side, so that a limit cuts them at one time. Of rows
        of jobs that were retried, which are no failures any more, there may be any
        number: of neither list more rows are read than the limit.
        """
        self._read_at = self._clock()
        fresh: dict[JobState, list[FailedJob]] = {state: [] for state in CAUSE_STATES}
        marks: dict[JobState, list[Mark]] = {state: [] for state in CAUSE_STATES}
        ends: dict[JobState, Mark | None] = dict.fromkeys(CAUSE_STATES)
        left: dict[JobState, Mark] = {}
        rows: Counter[JobState] = Counter()
        while ends and _complete(fresh, _horizon(ends)) < self._limit:
            state = max(ends, key=lambda it: end.ended if (end := ends[it]) else "~")
            piece = self._piece(state, ends[state], self._piece_rows)
            fresh[state] += piece.jobs
            marks[state] += filter(None, (piece.first, piece.last))
            ends[state] = piece.last
            rows[state] += self._piece_rows
            if piece.last is not None and rows[state] >= self._limit:
                left[state] = piece.last
            if piece.last is None or state in left:
                del ends[state]
            yield
        horizon = _horizon(ends)
        last = next((it for it in ends.values() if it and it.ended_at == horizon), None)
        until = last.ended if last else NEVER
        for state, jobs in fresh.items():
            end = max(Mark(until, 0), left.get(state, Mark(NEVER, 0)))
            begun = max(horizon, end.ended_at)
            known = [job for job in jobs if job.ended_at >= begun]
            times = [it.ended for it in marks[state] if it.ended_at > begun]
            self._lists[state] = SummedList(known, [*times, end.ended])
        self._is_cut, self._is_changed = bool(ends or left), True
        self._most_known = 0
        self._rolling = CAUSE_STATES[0], None

    def _read_changed(self, state: JobState) -> Iterator[None]:
        """Read again the stretches whose sums have changed."""
        assert self._causes is not None  # `step` has set it
        summed, changed = self._lists[state], []
        stretches = summed.stretches()
        for at in range(0, len(stretches), SUMS_AT_ONCE):
            some = stretches[at : at + SUMS_AT_ONCE]
            sums = self._causes.sums(state, some)
            both = zip(some, sums, strict=True)
            changed += [(it, sum_) for it, sum_ in both if summed.differs(it, sum_)]
            yield
        for stretch, found in changed:
            yield from self._read_stretch(state, stretch, found.jobs)

    def _read_stretch(
        self, state: JobState, stretch: Stretch, rows: int
    ) -> Iterator[None]:
        after = stretch.begin
        newest: Mark | None = None
        for at in range(0, rows, self._piece_rows):
            piece = self._piece(state, after, min(rows - at, self._piece_rows))
            self._stand_in(state, after, piece)
            newest, after = newest or piece.first, piece.last
            yield
            if after is None:
                break
        else:
            nothing_else = FailedJobs((), None, Mark(stretch.since, 0))
            self._stand_in(state, after, nothing_else)
        if stretch.begin is None and newest is not None:
            self._lists[state].begin_another(newest, self._head_rows)

    def _read_again(self) -> Iterator[None]:
        """Read one more piece of what is known: of one list, then of the other one."""
        state, after = self._rolling
        piece = self._piece(state, after, self._piece_rows)
        self._stand_in(state, after, piece)
        known, last = self._lists[state].known, piece.last
        self._rolling = state, last
        if last is None or not known or _at(last) < known[-1].ended_at:
            self._rolling = CAUSE_STATES[1 - CAUSE_STATES.index(state)], None
        yield

    def _stand_in(self, state: JobState, after: Mark | None, piece: FailedJobs) -> None:
        if self._lists[state].stand_in(after, piece.jobs, piece.last):
            self._is_changed = True

    def _trim(self) -> None:
        """Keep no more than the newest."""
        lists = [it.known for it in self._lists.values()]
        for _ in range(sum(map(len, lists)) - self._limit):
            tails = [jobs for jobs in lists if jobs]
            min(tails, key=lambda jobs: AGE_ORDER(jobs[-1])).pop()
            self._is_cut = True
        self._most_known = max(self._most_known, self._number_known())

    def _jobs(self) -> list[FailedJob]:
        """Return all that is known, each job once, the newest failure first."""
        failed, waiting = (self._lists[state].known for state in CAUSE_STATES)
        both = [*failed, *waiting]
        if failed and waiting:
            both.sort(key=AGE_ORDER, reverse=True)
            both = list({job.id: job for job in reversed(both)}.values())[::-1]
        return both

    def _regroup(self) -> Iterator[None]:
        """Make causes of what is known, some with each step."""
        assert self._causes is not None  # `step` has set it
        now, at = self._causes.database_now(), self._clock()
        if not self._is_changed and at - self._grouped_at < REGROUP_SECS:
            self.reading = replace(self.reading, now=now)
            return
        jobs = self._jobs()
        oldest = jobs[-1].ended_at if jobs else None
        horizon = oldest if self._is_cut else None
        known = {cause.key: cause for cause in self.reading.causes}
        members: defaultdict[CauseKey, list[FailedJob]] = defaultdict(list)
        for number, job in enumerate(jobs, 1):
            members[job.key].append(job)
            if not number % STEP_JOBS:
                yield
        causes: list[Cause] = []
        for number, (key, its_jobs) in enumerate(members.items(), 1):
            cause = count_together(key, its_jobs, now, horizon)
            causes.append(with_known_onset(cause, known.get(key), now))
            if not number % STEP_CAUSES:
                yield
        self.reading = CausesReading(
            in_order(causes), len(jobs), self._is_cut, oldest, now
        )
        self._is_changed, self._grouped_at = False, at


def _horizon(ends: Mapping[JobState, Mark | None]) -> datetime:
    """Return the time since which all jobs have been read; *ends* says how far the
    lists were read that are not read to their end.
    """
    return max(map(_at, ends.values()), default=EPOCH)


def _at(end: Mark | None) -> datetime:
    return end.ended_at if end else _END_OF_TIME


def _complete(fresh: Mapping[JobState, list[FailedJob]], horizon: datetime) -> int:
    """Return how many jobs ended since *horizon*."""
    return sum(
        bisect_right(
            jobs, -horizon.timestamp(), key=lambda it: -it.ended_at.timestamp()
        )
        for jobs in fresh.values()
    )
