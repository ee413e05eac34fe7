"""The pending jobs of each host: how many, how many of them are due, since when.

A count costs as much as there are jobs. So a reading counts a bounded number of jobs:
those of hosts not known yet, of each a share; then those of the others, where the last
reading stopped. What was counted before is remembered.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sq_console.model import COUNT_CAP
from sq_console.store import rows
from sq_console.store.protocols import Row, Session

COUNTED = 20_000
"""So many jobs are counted in one reading, more or less…"""
_AT_ONCE = 10_000
"""…and so many by one statement."""
_MOST_IN_UNION = 20
_UNION = " UNION ALL "
_BACKLOG = """
SELECT %s AS place, COUNT(*) AS pending, SUM(run_at <= {now}) AS due,
  MIN(run_at) AS oldest
  FROM (SELECT run_at FROM queued_job {use_host}
         WHERE state = 'pending' AND host = %s LIMIT %s) AS capped"""


class BacklogOfHost(NamedTuple):
    """The pending jobs of one host."""

    pending: int
    due: int
    oldest: datetime | None
    """The first moment at which one of them was due, or will be."""
    is_cut: bool
    """There are more than were counted."""


class HostBacklog:
    """Counts over one session, remembered from reading to reading."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, BacklogOfHost] = {}
        self._last = ""
        """The host that was counted last."""

    def of(self, hosts: Sequence[str]) -> dict[str, BacklogOfHost]:
        """Return what waits at each of *hosts*, which are sorted."""
        self._known = {host: self._known[host] for host in hosts if host in self._known}
        new = [host for host in hosts if host not in self._known]
        share = min(COUNT_CAP, COUNTED // max(1, len(new)))
        size = max(1, min(_MOST_IN_UNION, _AT_ONCE // share))
        for start in range(0, len(new), size):
            self._count(new[start : start + size], share)
        counted = sum(self._known[host].pending for host in new)
        self._count_on([host for host in hosts if host not in new], counted)
        return dict(self._known)

    def _count_on(self, hosts: Sequence[str], counted: int) -> None:
        """Count at the hosts after the last one, round to it again, while there is
        something left of what may be counted.
        """
        after = [host for host in hosts if host > self._last]
        part: list[str] = []
        expected = 0
        for host in (*after, *hosts[: len(hosts) - len(after)]):
            if counted >= COUNTED:
                break
            part.append(host)
            jobs = self._known[host].pending
            expected, counted = expected + jobs, counted + jobs
            if expected >= _AT_ONCE or len(part) == _MOST_IN_UNION:
                self._count(part, COUNT_CAP)
                part, expected = [], 0
        self._count(part, COUNT_CAP)

    def _count(self, hosts: Sequence[str], most: int) -> None:
        if not hosts:
            return
        params = [each for at, host in enumerate(hosts) for each in (at, host, most)]
        statement = _UNION.join([_BACKLOG] * len(hosts))
        for row in self._session.rows(statement, params):
            self._known[hosts[rows.whole(row["place"])]] = _backlog(row, most)
        self._last = hosts[-1]


def _backlog(row: Row, most: int) -> BacklogOfHost:
    pending = rows.whole(row["pending"])
    return BacklogOfHost(
        pending, rows.whole(row["due"]), rows.moment(row["oldest"]), pending >= most
    )
