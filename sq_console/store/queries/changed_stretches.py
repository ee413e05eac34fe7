"""Where a list of ended jobs has changed since it was read.

What leaves a list (retried, set aside, removed) leaves no trace. But the list's key has
the ids of all its jobs: they are added up with each look, stretch by stretch, which
takes some milliseconds for twenty thousand. Only a stretch with another sum than before
is read again.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sq_console.model import FailedJob
from sq_console.store.rows import moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALWAYS = "2038-01-19 03:14:07"
"""After all times. With one that no TIMESTAMP can be, MariaDB would find no range."""
NEVER = "1971-01-01 00:00:00"
"""Before all times."""
ID_BITS = 0xFFFFFFFF
"""Of an id so many bits are added: SQLite's sums end at 63."""


class Mark(NamedTuple):
    """A place in a list of ended jobs."""

    ended: str
    """As the database has it."""
    id: int

    @property
    def ended_at(self) -> datetime:
        """Return the time."""
        return moment(self.ended) or EPOCH


class Stretch(NamedTuple):
    """A part of a list: jobs that ended at `since` or later, and before `before`."""

    since: str
    before: str

    @property
    def begin(self) -> Mark | None:
        """Return the place before its newest job; None is the begin of the list."""
        return None if self.before == ALWAYS else Mark(self.before, 0)


class IdSum(NamedTuple):
    """What tells whether other jobs are in a stretch."""

    jobs: int
    ids: int


class SummedList:
    """The stretches of one list, and what their sums were.

    The first one has the newest jobs. It is read again with each failure, so a new one
    is begun when it has too many.
    """

    def __init__(self, known: list[FailedJob], times: Sequence[str]) -> None:
        """*times* are where stretches end, the newest first."""
        self.known = known
        """The jobs, newest failure first."""
        self._times = list(dict.fromkeys(times))
        self._sums: dict[Stretch, IdSum] = {}

    def stretches(self) -> list[Stretch]:
        """Return them, newest jobs first."""
        return list(map(Stretch, self._times, [ALWAYS, *self._times]))

    def differs(self, stretch: Stretch, found: IdSum) -> bool:
        """Note the sum of a stretch; return whether it was another one."""
        before = self._sums.get(stretch) or self._known_sum(stretch)
        self._sums[stretch] = found
        return found != before

    def _known_sum(self, stretch: Stretch) -> IdSum:
        jobs = self.known[self._end(stretch.before) : self._end(stretch.since)]
        return IdSum(len(jobs), sum(job.id & ID_BITS for job in jobs))

    def stand_in(
        self, after: Mark | None, jobs: Sequence[FailedJob], last: Mark | None
    ) -> bool:
        """Put *jobs* in place of what was known behind *after* and up to *last*; return
        whether that changed anything. None is an end of the list.
        """
        known = self.known
        start = 0 if after is None else bisect_left(known, _below(after), key=_place)
        end = len(known)
        if last is not None:
            end = max(start, bisect_left(known, _below(last), key=_place))
        if known[start:end] == list(jobs):
            return False
        ids = {job.id for job in jobs}  # a job that failed again is at one place only
        newer, older = (
            [job for job in part if job.id not in ids]
            for part in (known[:start], known[end:])
        )
        self.known = [*newer, *jobs, *older]
        return True

    def begin_another(self, newest: Mark, most: int) -> None:
        """Begin a new first stretch at the newest job if the first one has more than
        *most*, and forget those beyond what is known.
        """
        first = Mark(self._times[0], 0)
        if self._end(first.ended) > most and newest.ended_at > first.ended_at:
            self._times.insert(0, newest.ended)
        oldest = self.known[-1].ended_at if self.known else EPOCH
        while len(self._times) > 1 and Mark(self._times[-2], 0).ended_at <= oldest:
            self._times.pop()
        stretches = self.stretches()
        self._sums = {it: self._sums[it] for it in stretches if it in self._sums}

    def _end(self, time: str) -> int:
        """Return how many known jobs ended at *time* or later."""
        return bisect_left(self.known, _below(Mark(time, 0)), key=_place)


def _place(job: FailedJob) -> tuple[float, int]:
    """Ascending in a list that is newest first."""
    return -job.ended_at.timestamp(), -job.id


def _below(mark: Mark) -> tuple[float, float]:
    """Return the place just behind *mark*."""
    return -mark.ended_at.timestamp(), -mark.id + 0.5
