"""Hosts: what waits for each, what runs, how its calls ended lately, what failed last.

Hosts are found by steps along the key of hosts, and among the sums of the last hour;
which hosts there are is remembered for some seconds. Their pending jobs are counted in
`host_backlog`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import monotonic

from sq_console.errors import StoreRefused
from sq_console.model import COUNT_CAP, HOLD_ALL, Hold, JobState
from sq_console.model.host_overview import (
    HostCalls,
    HostDetails,
    HostMinute,
    HostRow,
    HostsReading,
    LastFailure,
)
from sq_console.rules.host_state import (
    failing_since,
    host_state,
    median_ms,
    worst_first,
)
from sq_console.store import rows
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.queries.each_host.host_backlog import BacklogOfHost, HostBacklog
from sq_console.store.queries.reads import StoreReads
from sq_console.store.schema.host_sum_columns import WITHIN_COLUMNS

MAX_HOSTS = 300
"""So many hosts are looked at."""
HOSTS_SECS = 5.0
"""Which hosts there are is read so often."""
RECENT_SECS = 300
"""Rates, failures and medians are of so long."""
_HOUR_SECS = 3_600
_ONSET_SECS = 12 * 3_600
_ROWS = 20_000
"""Rows of sums read at once."""
_UNION = " UNION ALL "
_MOST_IN_UNION = 20

_NOW = "SELECT {now} AS now"
_NEXT_HOST = """
SELECT host FROM queued_job {use_host}
 WHERE state = 'pending' AND host > %s ORDER BY host LIMIT 1"""
_CALLED_HOSTS = """
SELECT host FROM (SELECT host FROM queued_job_host_stats
  WHERE minute > {secs_ago} ORDER BY minute DESC LIMIT %s) AS capped GROUP BY host"""
_RUNNING = """
SELECT host, COUNT(*) AS n FROM (SELECT host FROM queued_job {use_host}
  WHERE state = 'running' LIMIT %s) AS capped GROUP BY host"""
_RECENT = """
SELECT host, MIN(minute) AS first,
  CAST(SUM(succeeded + failed + retried + killed) AS SIGNED) AS calls,
  CAST(SUM(failed + retried) AS SIGNED) AS bad,
  CAST(MAX(duration_ms_max) AS SIGNED) AS duration_ms_max,
  CAST(SUM(within_30_ms) AS SIGNED) AS within_30_ms,
  CAST(SUM(within_100_ms) AS SIGNED) AS within_100_ms,
  CAST(SUM(within_300_ms) AS SIGNED) AS within_300_ms,
  CAST(SUM(within_1_s) AS SIGNED) AS within_1_s,
  CAST(SUM(within_3_s) AS SIGNED) AS within_3_s,
  CAST(SUM(within_10_s) AS SIGNED) AS within_10_s,
  CAST(SUM(within_30_s) AS SIGNED) AS within_30_s
  FROM (SELECT minute, host, succeeded, failed, retried, killed, duration_ms_max,
    within_30_ms, within_100_ms, within_300_ms, within_1_s, within_3_s, within_10_s,
    within_30_s FROM queued_job_host_stats
    WHERE minute > {secs_ago} ORDER BY minute DESC LIMIT %s) AS capped GROUP BY host"""
_LAST_FAILED = """
SELECT place, last_finished_at, last_status_code, last_error FROM (
  SELECT %s AS place, last_finished_at, last_status_code, last_error
    FROM queued_job {use_host_finished}
   WHERE state = %s AND host = %s AND last_finished_at IS NOT NULL
   ORDER BY last_finished_at DESC, id DESC LIMIT 1) AS newest"""
_COUNT_FAILED = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_host}
 WHERE state = 'failed' AND host = %s LIMIT %s) AS capped"""
_COUNT_CALLED_BEFORE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_host_finished}
 WHERE state = 'pending' AND host = %s AND last_finished_at IS NOT NULL
 LIMIT %s) AS capped"""
_LAST_ANSWER = """
SELECT SUBSTRING(last_response, 1, 500) AS answer FROM queued_job {use_host_finished}
 WHERE state = %s AND host = %s AND last_finished_at IS NOT NULL
 ORDER BY last_finished_at DESC, id DESC LIMIT 1"""
_HOST_MINUTES = """
SELECT minute, CAST(SUM(calls) AS SIGNED) AS calls, CAST(SUM(bad) AS SIGNED) AS bad
  FROM (SELECT minute, succeeded + failed + retried + killed AS calls,
          failed + retried AS bad
          FROM queued_job_host_stats {use_host_minute}
         WHERE host = %s AND minute > {secs_ago}
         ORDER BY minute DESC LIMIT %s) AS capped
 GROUP BY minute ORDER BY minute DESC"""


class StoreHosts:
    """Reads of hosts over one session. Every query is bounded."""

    def __init__(
        self,
        session: Session,
        reads: StoreReads,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        self._session = session
        self._reads = reads
        self._steady = steady
        self._pending: list[str] = []
        self._called: set[str] = set()
        self._is_cut = False
        self._hosts_at = self._counted_at = float("-inf")
        self._counted: tuple[str, int, int] | None = None
        """A host, its failed jobs, those to be retried."""
        self._backlog = HostBacklog(session)

    def worst_first(self) -> HostsReading:
        """Return the hosts that have jobs to call, or were called in the last hour."""
        now = rows.moment(self._session.rows(_NOW)[0]["now"])
        assert now is not None
        self._find_hosts()
        holds = {hold.host: hold for hold in self._reads.holds()}
        recent, running = self._recent(now), self._running()
        pending = list(self._pending)
        others = (recent.keys() | running.keys() | self._called) - {*pending}
        named = sorted((holds.keys() | others) - {HOLD_ALL, *pending})
        hosts = [*pending, *named][:MAX_HOSTS]
        backlog = self._backlog.of(pending)
        failures = self._last_failures(hosts)
        found = [
            _row(
                host,
                now,
                backlog.get(host),
                running.get(host, 0),
                recent.get(host, HostCalls()),
                failures.get(host),
                holds.get(host) or holds.get(HOLD_ALL),
            )
            for host in hosts
        ]
        is_cut = self._is_cut or len(pending) + len(named) > MAX_HOSTS
        return HostsReading(worst_first(found), now, is_cut)

    def details(self, host: str) -> HostDetails:
        """Return more about one host."""
        minutes = self._sums(_HOST_MINUTES, (host, _ONSET_SECS, _ROWS))
        return HostDetails(
            host,
            failing_since(_minute(row) for row in minutes),
            *self._counts(host),
            self._last_answer(host),
        )

    def _counts(self, host: str) -> tuple[int, int]:
        """Return the failed jobs of *host* and those to be retried, as they were some
        seconds ago at most.
        """
        known, now = self._counted, self._steady()
        if known is None or known[0] != host or now - self._counted_at >= HOSTS_SECS:
            failed = self._count(_COUNT_FAILED, host)
            known = host, failed, self._count(_COUNT_CALLED_BEFORE, host)
            self._counted, self._counted_at = known, now
        return known[1:]

    def _find_hosts(self) -> None:
        if self._steady() - self._hosts_at < HOSTS_SECS:
            return
        called = self._sums(_CALLED_HOSTS, (_HOUR_SECS, _ROWS))
        self._called = {rows.as_text(row["host"]) for row in called}
        self._pending, host, self._is_cut = [], "", False
        while found := self._session.rows(_NEXT_HOST, (host,)):
            # SQLite sorts bytes that are no text after all text: as text they come
            # again for ever.
            following = rows.as_text(found[0]["host"])
            if following <= host:
                break
            if len(self._pending) >= MAX_HOSTS:
                self._is_cut = True
                break
            self._pending.append(host := following)
        self._hosts_at = self._steady()

    def _running(self) -> dict[str, int]:
        found = self._session.rows(_RUNNING, (COUNT_CAP,))
        return {rows.as_text(row["host"]): rows.whole(row["n"]) for row in found}

    def _recent(self, now: datetime) -> dict[str, HostCalls]:
        found = self._sums(_RECENT, (RECENT_SECS, _ROWS))
        begun = now.replace(second=0, microsecond=0)
        first = begun - timedelta(seconds=RECENT_SECS - 60)
        minutes = (now - first).total_seconds() / 60
        return {rows.as_text(row["host"]): _calls(row, minutes) for row in found}

    def _last_failures(self, hosts: Sequence[str]) -> dict[str, LastFailure]:
        newest: dict[str, LastFailure] = {}
        chunk = _MOST_IN_UNION // 2
        for start in range(0, len(hosts), chunk):
            part = hosts[start : start + chunk]
            statement = _UNION.join([_LAST_FAILED] * 2 * len(part))
            params = [
                each
                for at, host in enumerate(part)
                for state in (JobState.FAILED, JobState.PENDING)
                for each in (at, state.value, host)
            ]
            for row in self._session.rows(statement, params):
                host, failure = part[rows.whole(row["place"])], _failure(row)
                known = newest.get(host)
                if failure and (known is None or failure.at > known.at):
                    newest[host] = failure
        return newest

    def _sums(self, statement: str, params: Params) -> list[Row]:
        """Return sums; none from an older database, which has no such table."""
        try:
            return self._session.rows(statement, params)
        except StoreRefused:
            return []

    def _last_answer(self, host: str) -> str:
        for state in (JobState.FAILED, JobState.PENDING):
            found = self._session.rows(_LAST_ANSWER, (state.value, host))
            if found and found[0]["answer"] is not None:
                return rows.as_text(found[0]["answer"])
        return ""

    def _count(self, statement: str, host: str) -> int:
        found = self._session.rows(statement, (host, COUNT_CAP + 1))
        return rows.whole(found[0]["n"])


def _row(
    host: str,
    now: datetime,
    backlog: BacklogOfHost | None,
    running: int,
    recent: HostCalls,
    last_failure: LastFailure | None,
    hold: Hold | None,
) -> HostRow:
    due = backlog.due if backlog else 0
    oldest = backlog.oldest if backlog and due else None
    state = host_state(
        recent,
        is_held=hold is not None,
        has_jobs=bool(due or running),
        late_secs=(now - oldest).total_seconds() if oldest else 0.0,
    )
    is_cut = bool(due) and backlog is not None and backlog.is_cut
    return HostRow(
        host, state, due, is_cut, oldest, running, recent, last_failure, hold
    )


def _calls(row: Row, minutes: float) -> HostCalls:
    calls = rows.whole(row["calls"])
    within = [rows.whole(row[name]) for name in WITHIN_COLUMNS]
    median = median_ms(within, calls, rows.whole(row["duration_ms_max"]))
    return HostCalls(calls, rows.whole(row["bad"]), calls / max(minutes, 1.0), median)


def _failure(row: Row) -> LastFailure | None:
    at, error = rows.moment(row["last_finished_at"]), rows.as_text(row["last_error"])
    if at is None or not error:
        return None
    return LastFailure(at, rows.whole_or_none(row["last_status_code"]), error)


def _minute(row: Row) -> HostMinute:
    minute = rows.moment(row["minute"])
    assert minute is not None
    return HostMinute(minute, rows.whole(row["calls"]), rows.whole(row["bad"]))
