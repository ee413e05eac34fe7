"""Tables with many rows: what a queue looks like after a year, made in seconds.

For tests of plans and for the bench: what a query costs shows only among millions of
rows. The server makes the rows out of numbers; nothing is random, so two runs measure
the same. Rows of the past come in the order of their times, as they do in life.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.servers import Server

HOSTS = 20
PRIORITIES = 3
PROCESSORS = 4
_CHUNK = 100_000
_DIGITS = " UNION ALL SELECT ".join(["SELECT 0 AS n", *"123456789"])
_NUMBERS = f"""
  (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n
     FROM ({_DIGITS}) AS a, ({_DIGITS}) AS b, ({_DIGITS}) AS c, ({_DIGITS}) AS d,
          ({_DIGITS}) AS e) AS numbers"""

_FINISHED = """
INSERT INTO queued_job (http_method, url, body, organization_id, attempts, max_retries,
  remaining_retries, result_code, last_status_code, last_error, last_response,
  created_at, run_at, last_started_at, last_finished_at)
SELECT 'post', {url}, 'some post body', n % 100, 1, 5, IF(n % 10 = 2, 0, 5),
  CASE n % 10 WHEN 0 THEN 1 WHEN 1 THEN 3 WHEN 2 THEN 2 ELSE 0 END,
  IF(n % 10 IN (0, 2), 500, 200), IF(n % 10 IN (0, 2), 'http 500', NULL), 'ok',
  at, at, at, at
  FROM (SELECT n, NOW() - INTERVAL ({ago} - n) DIV {rate} SECOND AS at
          FROM {numbers} WHERE n < {count} ORDER BY n) AS made"""
_PENDING = """
INSERT INTO queued_job (http_method, url, body, organization_id, priority, attempts,
  remaining_retries, result_code, run_at)
SELECT 'post', {url}, 'some post body', n % 100, n % {priorities}, n % 4 = 0, 5,
  IF(n % 4 = 0, 2, NULL), {at}
  FROM {numbers} WHERE n < {count} ORDER BY n"""
_LOG = """
INSERT INTO queued_job_log (job_id, msg, attempt, event, status_code, processor)
SELECT n + {first}, CONCAT('[JOBID ', n + {first}, '] Job succeeded: ok'), 1,
  'succeeded', 200, 'web1:7'
  FROM {numbers} WHERE n < {count} ORDER BY n"""

_MINUTES = """
INSERT INTO queued_job_stats (minute, processor_id, succeeded, failed, retried, killed,
  duration_ms_sum, duration_ms_max)
SELECT {minute}, {processor}, 70, 10, 10, 10, 3000, 900
  FROM {numbers} WHERE n < {count} ORDER BY n"""
_HOST_MINUTES = """
INSERT INTO queued_job_host_stats (minute, host, processor_id, succeeded, failed,
  retried, killed, duration_ms_sum, duration_ms_max, within_30_ms, within_1_s)
SELECT {minute}, CONCAT('host', n DIV {processors} % {hosts}, '.example.com'),
  {processor}, 70, 10, 10, 10, 3000, 900, 90, 10
  FROM {numbers} WHERE n < {count} ORDER BY n"""
_ACTIVITY = """
INSERT INTO queued_job_activity (created_at, who, action, jobs, job_id, subject)
SELECT NOW(3) - INTERVAL ({actions} - n - {first}) MINUTE,
  CONCAT('operator', n % 30, '@desk'), 'retry', 1, n + 1, ''
  FROM {numbers} WHERE n < {count} ORDER BY n"""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows of each kind."""

    finished: int = 0
    """Two in ten failed, one in ten was killed."""
    due: int = 0
    """Pending, in three priorities; a quarter waits for a retry."""
    later: int = 0
    """Pending, due within the coming weeks."""
    log: int = 0
    per_sec: int = 1
    """Finished jobs of one second."""
    minutes: int = 0
    """The last minutes, with the sums of each host and each of `PROCESSORS`."""
    actions: int = 0
    """What operators did, one action a minute."""


def fill(server: Server, db: str, counts: RowCounts, *, url: str | None = None) -> None:
    """Add *counts* to the tables of *db*. The jobs lead to `HOSTS` hosts, or all to
    *url*.
    """
    for first, count in _chunks(counts.finished):
        rate = str(counts.per_sec)
        ago = str(counts.finished - first + 60 * counts.per_sec)
        _run(server, db, _FINISHED, first, count, url, ago=ago, rate=rate)
    for first, count in _chunks(counts.due):
        at = f"NOW(3) - INTERVAL 1000 * ({counts.due - first} - n) MICROSECOND"
        _run(server, db, _PENDING, first, count, url, at=at)
    for first, count in _chunks(counts.later):
        at = f"NOW(3) + INTERVAL ({first} + n + 3600) SECOND"
        _run(server, db, _PENDING, first, count, url, at=at)
    for first, count in _chunks(counts.log):
        _run(server, db, _LOG, first, count, url)
    _fill_sums(server, db, counts.minutes)
    for first, count in _chunks(counts.actions):
        _run(server, db, _ACTIVITY, first, count, url, actions=str(counts.actions))
    server.command("ANALYZE TABLE queued_job", db)
    server.command("ANALYZE TABLE queued_job_log", db)


def _fill_sums(server: Server, db: str, minutes: int) -> None:
    """Each statement gives so many rows the same minute."""
    for statement, at_once in (
        (_MINUTES, PROCESSORS),
        (_HOST_MINUTES, PROCESSORS * HOSTS),
    ):
        for first, count in _chunks(minutes * at_once):
            ago = f"INTERVAL ({first} + n) DIV {at_once} MINUTE"
            words = {
                "minute": f"DATE_FORMAT(NOW() - {ago}, '%Y-%m-%d %H:%i:00')",
                "processor": f"1 + n % {PROCESSORS}",
                "processors": str(PROCESSORS),
                "hosts": str(HOSTS),
            }
            _run(server, db, statement, first, count, None, **words)


def _chunks(rows: int) -> Iterator[tuple[int, int]]:
    for first in range(0, rows, _CHUNK):
        yield first, min(_CHUNK, rows - first)


def _run(
    server: Server,
    db: str,
    statement: str,
    first: int,
    count: int,
    url: str | None,
    **words: str,
) -> None:
    host = f"((n + {first}) DIV 10) % {HOSTS}"
    many = f"CONCAT('http://host', {host}, '.example.com/job/', n + {first})"
    server.command(
        statement.format(
            url=many if url is None else f"'{url}'",
            numbers=_NUMBERS,
            priorities=PRIORITIES,
            first=first,
            count=count,
            **words,
        ),
        db,
    )
