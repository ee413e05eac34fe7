"""The backlog where hosts are held: what waits behind each hold, and what is due
beside them.

A hold may keep thousands of old jobs at the front of the key `due`. Beyond the first
of them the oldest job of the other hosts is found along the key `host`, one look for
each host and priority.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from time import monotonic

from sq_console.model import COUNT_CAP, HOLD_ALL, Hold
from sq_console.model.queue_health import HeldJobs, OldestDue
from sq_console.store import rows
from sq_console.store.protocols import Session
from sq_console.store.queries.overview.kept_reading import KeptReading

FRONT_ROWS = 100
"""The oldest due jobs that are looked at one by one."""
HOSTS_SEEN = 64
"""Hosts that are looked at beyond those."""
PRIORITIES_SEEN = 4
"""Priorities of one host."""
BEYOND_SECS = 5.0
"""How long their oldest job is kept: it takes a query or two for each."""
HOLDS_COUNTED = 8
"""Holds whose jobs are counted."""

_FRONT = """
SELECT run_at, host FROM queued_job {use_due}
 WHERE state = 'pending' AND run_at <= {now} ORDER BY run_at LIMIT %s"""
_NEXT_PENDING_HOST = """
SELECT host FROM queued_job {use_host}
 WHERE state = 'pending' AND host > %s ORDER BY host LIMIT 1"""
_FIRST_OF_HOST = """
SELECT priority, run_at, run_at <= {now} AS is_due FROM queued_job {use_host}
 WHERE state = 'pending' AND host = %s AND priority > %s
 ORDER BY priority, run_at LIMIT 1"""
_COUNT_AT_HOST = """
SELECT COUNT(*) AS n, SUM(run_at <= {now}) AS due
  FROM (SELECT run_at FROM queued_job {use_host}
         WHERE state = 'pending' AND host = %s LIMIT %s) AS capped"""
_COUNT_ANYWHERE = """
SELECT COUNT(*) AS n, SUM(run_at <= {now}) AS due
  FROM (SELECT run_at FROM queued_job {use_due}
         WHERE state = 'pending' LIMIT %s) AS capped"""
_BELOW_ALL_PRIORITIES = -32_769


class StoreBacklog:
    """Reads of due jobs over one session. Every query is bounded."""

    def __init__(
        self, session: Session, steady: Callable[[], float] = monotonic
    ) -> None:
        self._session = session
        self._beyond: KeptReading[OldestDue | None] = KeptReading(BEYOND_SECS, steady)

    def oldest_due(
        self, held: Collection[str] = (), front_rows: int = FRONT_ROWS
    ) -> OldestDue | None:
        """Return the oldest due job of a host that is not *held*. Where all of the
        *front_rows* oldest are held, `HOSTS_SEEN` other hosts are looked at.
        """
        if HOLD_ALL in held:
            return None
        limit = front_rows if held else 1
        front = self._session.rows(_FRONT, (limit,))
        for row in front:
            if rows.as_text(row["host"]) not in held:
                return _oldest(row["run_at"], rows.as_text(row["host"]))
        if len(front) < limit:
            return None
        return self._beyond.value(lambda: self._oldest_of_others(held), frozenset(held))

    def held_jobs(
        self, holds: Sequence[Hold], most: int = HOLDS_COUNTED
    ) -> tuple[HeldJobs, ...]:
        """Return each of *holds* with its pending jobs; only those of the first *most*
        are counted.
        """
        counted = [self._held_jobs(hold) for hold in holds[:most]]
        rest = [HeldJobs(hold, 0, 0) for hold in holds[most:]]
        return (*counted, *rest)

    def _held_jobs(self, hold: Hold) -> HeldJobs:
        limit = COUNT_CAP + 1
        if hold.host == HOLD_ALL:
            (found,) = self._session.rows(_COUNT_ANYWHERE, (limit,))
        else:
            (found,) = self._session.rows(_COUNT_AT_HOST, (hold.host, limit))
        return HeldJobs(hold, rows.whole(found["n"]), rows.whole(found["due"]))

    def _oldest_of_others(self, held: Collection[str]) -> OldestDue | None:
        oldest: OldestDue | None = None
        host = ""
        for _ in range(HOSTS_SEEN):
            if host not in held:
                oldest = _older(oldest, self._oldest_of_host(host))
            found = self._session.rows(_NEXT_PENDING_HOST, (host,))
            after = rows.as_text(found[0]["host"]) if found else host
            if after == host:
                break
            host = after
        return oldest

    def _oldest_of_host(self, host: str) -> OldestDue | None:
        oldest: OldestDue | None = None
        priority = _BELOW_ALL_PRIORITIES
        for _ in range(PRIORITIES_SEEN):
            found = self._session.rows(_FIRST_OF_HOST, (host, priority))
            if not found:
                break
            priority = rows.whole(found[0]["priority"])
            if rows.whole(found[0]["is_due"]):
                oldest = _older(oldest, _oldest(found[0]["run_at"], host))
        return oldest


def _oldest(run_at: object, host: str) -> OldestDue | None:
    at: datetime | None = rows.moment(run_at)
    return None if at is None else OldestDue(at, host)


def _older(one: OldestDue | None, other: OldestDue | None) -> OldestDue | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=lambda due: due.at)
