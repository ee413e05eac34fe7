"""Following the causes of failures without reading twenty thousand rows each second.

What failed since the last look is at the head of the list. What has left it (retried,
set aside, removed) leaves no trace: so with each look one more piece of the list is
read again, and stands for what was known of that stretch. All of it is read again now
and then, and after an operator did something to many jobs.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

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
from sq_console.store.rows import moment

if TYPE_CHECKING:  # it makes the causes of a single look with a follower
    from sq_console.store.queries.newest_causes import StoreCauses

CAUSE_STATES = (JobState.FAILED, JobState.PENDING)
"""Failed, and waiting for a retry."""
PIECE_ROWS = 1_000
HEAD_ROWS = 200
REREAD_SECS = 300.0
STEP_JOBS, STEP_CAUSES = 10_000, 1_000
"""So much is grouped in one step."""
REGROUP_SECS = 5.0
"""Causes of the same jobs are made anew so often: some are over by then."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = datetime(9998, 1, 1, tzinfo=UTC)


class Mark(NamedTuple):
    """A place in a list of ended jobs."""

    ended: str
    """As the database has it."""
    id: int


@dataclass(frozen=True, slots=True)
class FailedJobs:
    """A piece of a list of jobs that failed, newest first."""

    jobs: tuple[FailedJob, ...]
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
        self.reading = CausesReading((), 0, False, None, _EPOCH)
        self._limit = limit
        self._piece_rows = piece_rows
        self._head_rows = head_rows
        self._clock = clock
        self._known: dict[JobState, list[FailedJob]] = {it: [] for it in CAUSE_STATES}
        self._is_cut = False
        self._is_changed = False
        self._read_at = self._grouped_at = -REREAD_SECS
        self._rolled: dict[JobState, Mark | None] = {}
        self._work: Iterator[None] | None = None
        self._causes: StoreCauses | None = None

    @property
    def has_read(self) -> bool:
        """Return whether `reading` is of the database."""
        return self.reading.now > _EPOCH

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
            raise
        return True

    def _look(self) -> Iterator[None]:
        if self._clock() - self._read_at >= REREAD_SECS:
            yield from self._read_all()
        else:
            for state in CAUSE_STATES:
                yield from self._read_head(state)
            yield from self._read_again()
        self._trim()
        yield from self._regroup()

    def _piece(self, state: JobState, after: Mark | None, limit: int) -> FailedJobs:
        assert self._causes is not None  # `step` has set it
        return self._causes.piece(state, after, limit)

    def _read_all(self) -> Iterator[None]:
        """Read both lists side by side, so that a limit cuts them at one time."""
        fresh: dict[JobState, list[FailedJob]] = {state: [] for state in CAUSE_STATES}
        ends: dict[JobState, Mark | None] = dict.fromkeys(CAUSE_STATES)
        while ends and _complete(fresh, _horizon(ends)) < self._limit:
            state = max(ends, key=lambda it: end.ended if (end := ends[it]) else "~")
            piece = self._piece(state, ends[state], self._piece_rows)
            fresh[state] += piece.jobs
            ends[state] = piece.last
            if piece.last is None:
                del ends[state]
            yield
        horizon = _horizon(ends)
        self._known = {
            state: [job for job in jobs if job.ended_at >= horizon]
            for state, jobs in fresh.items()
        }
        self._is_cut, self._is_changed = bool(ends), True
        self._read_at, self._rolled = self._clock(), {}

    def _read_head(self, state: JobState) -> Iterator[None]:
        """Read what is new, down to what is known."""
        newest = self._known[state][0].ended_at if self._known[state] else None
        after: Mark | None = None
        for _ in range(0, self._limit, self._head_rows):
            piece = self._piece(state, after, self._head_rows)
            self._stand_in(state, after, piece)
            yield
            after = piece.last
            if after is None or (newest is not None and _moment(after) <= newest):
                break

    def _read_again(self) -> Iterator[None]:
        """Read one more piece of what is known, in turn."""
        for state in CAUSE_STATES:
            after = self._rolled.setdefault(state, None)
            known = self._known[state]
            if len(known) <= self._head_rows:
                continue
            piece = self._piece(state, after, self._piece_rows)
            self._stand_in(state, after, piece)
            last = piece.last
            is_through = last is None or _moment(last) < known[-1].ended_at
            self._rolled[state] = None if is_through else last
            yield

    def _stand_in(self, state: JobState, after: Mark | None, piece: FailedJobs) -> None:
        """Put *piece* in place of what was known between its ends."""
        known = self._known[state]
        start = 0 if after is None else bisect_left(known, _below(after), key=_place)
        end = len(known)
        if piece.last is not None:
            end = bisect_left(known, _below(piece.last), key=_place)
        if known[start:end] != list(piece.jobs):
            self._known[state] = [*known[:start], *piece.jobs, *known[end:]]
            self._is_changed = True

    def _trim(self) -> None:
        """Keep no more than the newest."""
        beyond = sum(map(len, self._known.values())) - self._limit
        for _ in range(beyond):
            tails = (jobs for jobs in self._known.values() if jobs)
            min(tails, key=lambda jobs: AGE_ORDER(jobs[-1])).pop()
            self._is_cut = True

    def _jobs(self) -> list[FailedJob]:
        """Return all that is known, each job once, the newest failure first."""
        failed, waiting = (self._known[state] for state in CAUSE_STATES)
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
    marks = [_moment(end) if end else _NEVER for end in ends.values()]
    return max(marks, default=_EPOCH)


def _complete(fresh: Mapping[JobState, list[FailedJob]], horizon: datetime) -> int:
    """Return how many jobs ended since *horizon*."""
    beyond = -horizon.timestamp(), 0
    return sum(bisect_right(jobs, beyond, key=_place) for jobs in fresh.values())


def _moment(mark: Mark) -> datetime:
    return moment(mark.ended) or _EPOCH


def _place(job: FailedJob) -> tuple[float, int]:
    """Ascending in a list that is newest first."""
    return -job.ended_at.timestamp(), -job.id


def _below(mark: Mark) -> tuple[float, float]:
    """Return the place just behind *mark*."""
    return -_moment(mark).timestamp(), -mark.id + 0.5
