"""Which due jobs a claim takes, in which order, without reading jobs it does not take.

The claim steps through the priorities one by one, because only then is the order that
of the claim key (no filesort: with one, the whole backlog gets locked). Jobs of hosts
that are not to be called are read with the others, and left, while they are few. Where
they crowd the head of a priority, the claim goes host by host on the host key: a filter
on the claim key would read all of them, and going host by host costs one query for each
host that has pending jobs.
"""

import time
from collections.abc import Callable
from datetime import datetime

from sq_console.model import ClaimRequest
from sq_console.store import rows
from sq_console.store.claiming.host_room import HostRoom
from sq_console.store.claiming.host_rotation import HostRotation
from sq_console.store.claiming.scan_window import ScanWindow
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.stuck_rows import StuckRows

CROWDED_SECS = 1.0
"""For so long a priority is claimed host by host, before its head is read again."""
MAX_PRIORITIES = 64
"""A claim looks at so many priorities at most."""

_DUE = (
    "SELECT 1 AS one FROM queued_job {use_due} WHERE state = 'pending' AND run_at <= "
)
_NEXT_PRIORITY = """
SELECT priority FROM queued_job {use_claim}
 WHERE state = 'pending' AND priority > %s ORDER BY priority LIMIT 1"""
_CANDIDATES = """
SELECT {claimed_columns} FROM queued_job {use_claim}
 WHERE state = 'pending' AND priority = %s"""
_CANDIDATES_OF_HOST = """
SELECT {claimed_columns} FROM queued_job {use_host}
 WHERE state = 'pending' AND host = %s AND priority = %s"""
_IN_ORDER = " ORDER BY run_at, id LIMIT %s {skip_locked}"
_LOWEST = -(2**31)


def claim_statement() -> str:
    """Return the locking SELECT of a claim, for EXPLAIN: its parameters are priority,
    run_at and limit.
    """
    return f"{_CANDIDATES} AND run_at <= %s{_IN_ORDER}"


class CandidateQuery:
    """Finds and locks candidates over one session."""

    def __init__(
        self,
        session: Session,
        stuck_rows: StuckRows,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._stuck_rows = stuck_rows
        self._clock = clock
        self._scan = ScanWindow(clock)
        self._crowded_until: dict[int, float] = {}
        self._skipped_ids: list[int] = []
        self.hosts = HostRotation(session)

    def anything_due(self, due_by: datetime | None = None) -> bool:
        """Is a pending job due? One index entry is read."""
        return self._due(due_by, None)

    def poll(self, due_by: datetime | None) -> bool:
        """The same for an idle processor, which asks all the time: it reads the index
        entries of jobs claimed before only now and then (see `scan_window`).
        """
        floor = self._scan.lowest_floor()
        found = self._due(due_by, floor)
        if floor is None and not found:
            self._scan.scanned_all()
        if not found:
            self.hosts.nothing_due()
        return found

    def _due(self, due_by: datetime | None, floor: datetime | None) -> bool:
        limit, params = _bound(due_by)
        if floor is not None:
            limit, params = f"{limit} AND run_at >= %s", (*params, rows.stamp(floor))
        if skipped := self._stuck_rows.skipped_ids():
            limit = f"{limit} AND id NOT IN {in_list(skipped)}"
            params = (*params, *skipped)
        return bool(self._session.rows(f"{_DUE}{limit} LIMIT 1", params))

    def prepare(self) -> None:
        """Before the transaction: read where to begin, and the priorities."""
        self._scan.begin(self._priorities)

    def select(self, request: ClaimRequest) -> list[Row]:
        """Lock rows for *request*; return them in order, as `CLAIMED_COLUMNS`."""
        room = HostRoom(request)
        self.hosts.begin_claim()
        self._skipped_ids = self._stuck_rows.skipped_ids()
        picked: list[Row] = []
        for priority in self._scan.priorities:
            wanted = request.limit - len(picked)
            if wanted < 1:
                break
            found, more = self._at_head(priority, wanted, request, room)
            if found is None:
                found = self._by_host(priority, wanted, request, room)
            picked += found
            if more and len(found) < wanted:
                break  # lower priorities do not go before those behind what was left
        if not picked and not self.hosts.has_visited:
            self._scan.found_nothing()
        self.hosts.end_claim(found_any=bool(picked))
        return picked

    def _at_head(
        self, priority: int, wanted: int, request: ClaimRequest, room: HostRoom
    ) -> tuple[list[Row] | None, bool]:
        """Return the first jobs that are due and that there is room for, and whether
        more may be due. None for the jobs where others crowd.
        """
        now = self._clock()
        if now < self._crowded_until.get(priority, now):
            return None, False
        floor = self._scan.floor(priority)
        found = self._candidates(_CANDIDATES, (priority,), request, wanted, floor)
        if found:
            self._scan.found(priority, rows.moment(found[0]["run_at"]))
        fitting = room.fitting(found)
        if len(found) == wanted and 2 * len(fitting) < wanted:
            crowded = {
                p: until for p, until in self._crowded_until.items() if until > now
            }
            self._crowded_until = {**crowded, priority: now + CROWDED_SECS}
            return None, False
        room.fill(fitting)
        return fitting, len(found) == wanted

    def _by_host(
        self, priority: int, wanted: int, request: ClaimRequest, room: HostRoom
    ) -> list[Row]:
        """Return jobs host by host, in the hosts' turns (see `host_rotation`). Rows of
        hosts that are not to be called are never read, however many there are.
        """
        picked: list[Row] = []
        for host in self.hosts.hosts():
            limit = min(wanted - len(picked), room.left(host))
            if limit < 1:
                continue
            keys = (host, priority)
            picked += self._candidates(_CANDIDATES_OF_HOST, keys, request, limit, None)
            if len(picked) >= wanted:
                self.hosts.full_at(host)
                break
        room.fill(picked)
        return picked

    def _candidates(
        self,
        statement: str,
        keys: Params,
        request: ClaimRequest,
        wanted: int,
        floor: datetime | None,
    ) -> list[Row]:
        bound, params = _bound(request.due_by)
        statement = f"{statement} AND run_at <= {bound}"
        if floor is not None:
            statement, params = (
                f"{statement} AND run_at >= %s",
                (*params, rows.stamp(floor)),
            )
        if self._skipped_ids:
            statement = f"{statement} AND id NOT IN {in_list(self._skipped_ids)}"
            params = (*params, *self._skipped_ids)
        return self._session.rows(f"{statement}{_IN_ORDER}", (*keys, *params, wanted))

    def _priorities(self) -> list[int]:
        found: list[int] = []
        priority = _LOWEST
        while len(found) < MAX_PRIORITIES:
            row = self._session.rows(_NEXT_PRIORITY, (priority,))
            # SQLite takes any text for a priority, and sorts it above all numbers.
            following = rows.whole(row[0]["priority"]) if row else priority
            if following <= priority:
                break
            found.append(priority := following)
        return found


def _bound(due_by: datetime | None) -> tuple[str, Params]:
    return ("{now}", ()) if due_by is None else ("%s", (rows.stamp(due_by),))
