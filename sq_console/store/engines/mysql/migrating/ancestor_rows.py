"""What the ancestor's rows mean, said in our columns: when they are due, how often they
may be called, and which of them it would never have called.

The ancestor calls a row whose result is NULL or 2 while `remaining_retries` > 0, once
`last_finished_at` + `retry_delay_secs` is over, and counts every failed call, the first
one too; we do not count the first. So a row without a result gives up one retry, and
has `max_retries` from the same UPDATE on: it is not done a second time. A row without a
result and without retries ends as killed.

When a row was made it did not write down. It was before the row was started, before its
first log row and before any later row was: the earliest of these is `created_at`.

A row in a call of the ancestor's, which has taken its lock, is left until that has
ended. We take the lock of each other row for the moment of our write.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sq_console.model import LogEvent
from sq_console.store.dialect import in_list
from sq_console.store.json_param import json_param
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Row, Session
from sq_console.store.rows import as_text, text_or_none, whole
from sq_console.text.log_messages import noted

WINDOW = 10_000
"""So many rows are looked at with one query."""
BATCH = 500
"""So many are changed in one transaction."""
NO_RETRIES_LEFT = "no retries left"

_LAST_TIME = "CAST('2038-01-19 03:14:07' AS DATETIME(3))"
_DUE = f"""LEAST(DATE_ADD(last_finished_at, INTERVAL
    LEAST(GREATEST(retry_delay_secs, 0), 400000000) SECOND), {_LAST_TIME})"""
_UNTOUCHED = """(attempts = 0 AND claimed_by IS NULL AND max_retries IS NULL
    AND created_at = %s
    AND (result_code IS NULL OR result_code = 2 AND remaining_retries > 0))"""
_CALLED_SINCE = f"""(attempts = 0 AND claimed_by IS NULL AND max_retries IS NOT NULL
    AND (result_code IS NULL OR result_code = 2 AND remaining_retries > 0)
    AND COALESCE(run_at < {_DUE}, FALSE))"""
"""The ancestor has called it after we had looked."""

_NOW = "SELECT CAST(NOW(3) AS CHAR) AS now, COALESCE(MAX(id), 0) AS id FROM queued_job"
_LOWEST = """
SELECT id FROM queued_job WHERE id <= %s ORDER BY id DESC LIMIT 1 OFFSET %s"""
_KNOWN = f"""LEAST(COALESCE(last_started_at, {_LAST_TIME}),
    COALESCE(last_finished_at, {_LAST_TIME}),
    IF(created_at = %s, {_LAST_TIME}, created_at))"""
_IN_WINDOW = "FROM queued_job FORCE INDEX (PRIMARY) WHERE id BETWEEN %s AND %s"
_SUM_UP = f"""
SELECT CAST(MIN({_KNOWN}) AS CHAR) AS known,
       COALESCE(SUM({_UNTOUCHED} OR {_CALLED_SINCE}), 0) AS meant {_IN_WINDOW}"""
_LOOK = f"""
SELECT id, CAST({_KNOWN} AS CHAR) AS known, last_started_at IS NOT NULL AS was_started,
       {_UNTOUCHED} OR {_CALLED_SINCE} AS is_meant {_IN_WINDOW} ORDER BY id DESC"""
# Not MIN() OVER: MariaDB computes it anew for each row (10,000 rows: 10 s and more).
_FIRST_LOGGED = """
SELECT id, CAST((SELECT created_at FROM queued_job_log AS l FORCE INDEX (job)
          WHERE l.job_id = j.id ORDER BY l.id LIMIT 1) AS CHAR) AS logged
  FROM queued_job AS j FORCE INDEX (PRIMARY) WHERE id IN """
_TAKE_LOCKS = """
SELECT id FROM queued_job FORCE INDEX (PRIMARY)
 WHERE GET_LOCK(CONCAT('lock_job_', id), 0) = 1 AND id IN """
_FREE_LOCKS = "DO RELEASE_ALL_LOCKS()"
_LOCKED = f"""
SELECT id, result_code, remaining_retries, max_retries
  FROM queued_job FORCE INDEX (PRIMARY)
 WHERE ({_UNTOUCHED} OR {_CALLED_SINCE}) AND id IN """  # noqa: S608 - constants
_SKIP_LOCKED = " ORDER BY id FOR UPDATE SKIP LOCKED"
_GIVEN = """JSON_TABLE(%s, '$[*]' COLUMNS (
    id BIGINT UNSIGNED PATH '$[0]', retries INT PATH '$[1]',
    created VARCHAR(32) CHARACTER SET utf8mb4 PATH '$[2]')) AS o
  STRAIGHT_JOIN queued_job AS j FORCE INDEX (PRIMARY) ON j.id = o.id"""
_GIVE = f"""
UPDATE {_GIVEN}
   SET j.created_at = o.created,
       j.run_at = COALESCE({_DUE}, CAST(o.created AS DATETIME(3))),
       j.max_retries = o.retries,
       j.remaining_retries = o.retries"""  # noqa: S608 - constants
_KILL = f"""
UPDATE {_GIVEN}
   SET j.created_at = o.created,
       j.run_at = COALESCE({_DUE}, CAST(o.created AS DATETIME(3))),
       j.result_code = 3,
       j.last_error = '{NO_RETRIES_LEFT}',
       j.last_finished_at = NOW()"""  # noqa: S608 - constants
_PUT_OFF = f"""
UPDATE queued_job FORCE INDEX (PRIMARY)
   SET run_at = {_DUE} WHERE id IN """  # noqa: S608 - constants
_HOLDERS = """
SELECT id FROM queued_job FORCE INDEX (PRIMARY)
 WHERE IS_USED_LOCK(CONCAT('lock_job_', id)) IS NOT NULL AND id IN """
_PATIENCE = """
SELECT COALESCE(MAX(timeout_secs), 0) AS secs
  FROM queued_job FORCE INDEX (PRIMARY) WHERE id IN """

Bounds = Mapping[int, str]
"""Job id -> a time, as text, before which it was made."""


@dataclass(slots=True)
class Walked:
    """What a walk has done so far."""

    given: int = 0
    """Rows that have a due time and their retries now."""
    killed: int = 0
    put_off: int = 0
    """Rows that the ancestor has called after we had looked."""
    left: dict[int, str] = field(default_factory=dict)
    """Rows in a call of the ancestor's, or locked."""

    @property
    def changed(self) -> int:
        """So many rows were changed."""
        return self.given + self.killed + self.put_off


class AncestorRows:
    """Walks the jobs from the last one to the first. *locks* is a session of its own:
    all that it has locked it lets go of at once.
    """

    def __init__(
        self, session: Session, locks: Session, ancestors_time: str, actor: str
    ) -> None:
        self._session = session
        self._locks = locks
        self._time = ancestors_time
        self._actor = actor

    def walk(self, walked: Walked) -> Iterator[int]:
        """Change all rows, batch by batch; yield, after each, the id that is next."""
        (now,) = self._session.rows(_NOW)
        bound, highest = as_text(now["now"]), whole(now["id"])
        while highest > 0:
            lower = self._session.rows(_LOWEST, (highest, WINDOW - 1))
            lowest = whole(lower[0]["id"]) if lower else 0
            bounds, bound = self._look(lowest, highest, bound)
            for batch in _batches(bounds):
                self._change_free(batch, walked)
                yield lowest
            highest = lowest - 1
            yield highest

    def _change_free(self, bounds: Bounds, walked: Walked) -> None:
        """Change those of these rows that are in no call, in one transaction."""
        ids = [*bounds]
        taken = self._locks.rows(f"{_TAKE_LOCKS}{in_list(ids)}", ids)
        free = {whole(row["id"]) for row in taken}
        done = self._session.transact(
            lambda: self._change(
                {each: bound for each, bound in bounds.items() if each in free}
            )
        )
        self._locks.execute(_FREE_LOCKS)  # they end with their connection, too
        walked.given += done.given
        walked.killed += done.killed
        walked.put_off += done.put_off
        walked.left |= {each: bounds[each] for each in ids if each not in free}

    def in_calls(self, ids: Sequence[int]) -> list[int]:
        """Return those of *ids* whose lock somebody has."""
        found = self._locks.rows(f"{_HOLDERS}{in_list(ids)}", ids)
        return [whole(row["id"]) for row in found]

    def longest_call_secs(self, ids: Sequence[int]) -> int:
        """Return the longest timeout among *ids*."""
        found = self._session.rows(f"{_PATIENCE}{in_list(ids)}", ids)
        return whole(found[0]["secs"])

    def _look(self, lowest: int, highest: int, bound: str) -> tuple[Bounds, str]:
        """Return the rows of a window that are meant, and the bound below it."""
        params = (self._time, self._time, lowest, highest)
        (window,) = self._session.rows(_SUM_UP, params)
        if not whole(window["meant"]):
            return {}, min(bound, text_or_none(window["known"]) or bound)
        found = self._session.rows(_LOOK, params)
        meant = [row for row in found if row["is_meant"]]
        logged = self._first_logged(
            [whole(row["id"]) for row in meant if row["was_started"]]
        )
        bounds: dict[int, str] = {}
        for row in found:  # the last one first
            bound = min(bound, as_text(row["known"]))
            if row["is_meant"]:
                job_id = whole(row["id"])
                bound = min(bound, logged.get(job_id, bound))
                bounds[job_id] = bound
        return bounds, bound

    def _first_logged(self, ids: Sequence[int]) -> dict[int, str]:
        if not ids:
            return {}
        found = self._session.rows(f"{_FIRST_LOGGED}{in_list(ids)}", ids)
        return {
            whole(row["id"]): as_text(row["logged"])
            for row in found
            if row["logged"] is not None
        }

    def _change(self, bounds: Bounds) -> Walked:
        if not bounds:
            return Walked()
        ids = [*bounds]
        found = self._session.rows(
            f"{_LOCKED}{in_list(ids)}{_SKIP_LOCKED}", (self._time, *ids)
        )
        late = [row for row in found if row["max_retries"] is not None]
        dead = [row for row in found if _is_dead(row)]
        alive = [row for row in found if row not in late and row not in dead]
        self._write(_GIVE, alive, bounds)
        self._write(_KILL, dead, bounds)
        write_log(self._session, [self._killed(row) for row in dead])
        if late:
            late_ids = [whole(row["id"]) for row in late]
            self._session.execute(f"{_PUT_OFF}{in_list(late_ids)}", late_ids)
        return Walked(len(alive), len(dead), len(late))

    def _write(self, sql: str, changed: Sequence[Row], bounds: Bounds) -> None:
        if changed:
            given = [
                [whole(row["id"]), _retries(row), bounds[whole(row["id"])]]
                for row in changed
            ]
            self._session.execute(sql, (json_param(given),))

    def _killed(self, row: Row) -> LogRow:
        job_id = whole(row["id"])
        msg = noted(
            job_id,
            f"Job killed by {self._actor}: {NO_RETRIES_LEFT}, the strings-queue would"
            " never have called it",
        )
        return LogRow(job_id, msg, LogEvent.KILLED, actor=self._actor)


def _is_dead(row: Row) -> bool:
    return row["result_code"] is None and whole(row["remaining_retries"]) <= 0


def _retries(row: Row) -> int:
    """Return its retries as we count them: the first call is none."""
    return whole(row["remaining_retries"]) - (row["result_code"] is None)


def _batches(bounds: Bounds) -> Iterator[Bounds]:
    ids = [*bounds]
    for start in range(0, len(ids), BATCH):
        yield {each: bounds[each] for each in ids[start : start + BATCH]}
