"""Reads for screens and verbs: counts, single jobs, the log, the processors. Lists of
jobs are in `job_pages`.

Every query names its key and reads a bounded number of rows.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sq_console.errors import JobNotFound
from sq_console.model import (
    COUNT_CAP,
    FAR_COUNT_CAP,
    LOST_KEPT_SECS,
    Counts,
    Hold,
    Job,
    JobFilter,
    JobPage,
    JobState,
    JobSummary,
    Listening,
    LogEntry,
    LostProcessor,
    Minute,
    ProcessorRow,
    TableSize,
)
from sq_console.model.queue_health import OldestDue
from sq_console.rules.log_filter import JobPlace
from sq_console.store import job_columns, rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Session
from sq_console.store.queries.first_id import (
    FROM_JOB,
    FROM_LOG_ROW,
    first_id_since,
)
from sq_console.store.queries.host_names import hosts_beginning
from sq_console.store.queries.job_pages import jobs_with_ids, list_jobs
from sq_console.store.queries.overview.backlog import StoreBacklog

_NOW = "SELECT {now} AS now"
_COUNT_DUE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = 'pending' AND run_at <= {now} LIMIT %s) AS capped"""
_COUNT_WAITING = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = 'pending' AND run_at > {now} LIMIT %s) AS capped"""
_COUNT_STATE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = %s LIMIT %s) AS capped"""
_COUNT_STATE_FAR = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_due}
 WHERE state = %s LIMIT %s) AS far"""
_COUNT_DUE_FAR = _COUNT_DUE.replace("AS capped", "AS far")
_COUNT_WAITING_FAR = _COUNT_WAITING.replace("AS capped", "AS far")
_JOB = "SELECT {job_columns} FROM queued_job AS j WHERE j.id = %s"
_JOB_LOG = """
SELECT {log_columns} FROM queued_job_log WHERE job_id = %s
 ORDER BY id DESC LIMIT %s"""
_LAST_JOB_ID = "SELECT MAX(id) AS id FROM queued_job"
_LAST_LOG_ID = "SELECT MAX(id) AS id FROM queued_job_log"
_LOG_IDS = "SELECT id FROM queued_job_log WHERE id > %s ORDER BY id LIMIT %s"
_LOG_IDS_BEFORE = """
SELECT id FROM queued_job_log {use_primary} WHERE id < %s ORDER BY id DESC LIMIT %s"""
_LOG_IDS_OF_JOB = """
SELECT id FROM queued_job_log WHERE job_id = %s AND id > %s ORDER BY id LIMIT %s"""
_LOG_ROWS = "SELECT {log_columns} FROM queued_job_log WHERE id IN "
_PROCESSORS = """
SELECT id, name, version, started_at, {age_secs} AS age_secs, concurrency, running,
  state, wanted FROM queued_job_processor ORDER BY name, id LIMIT 1000"""
_LOST = """
SELECT l.id, l.name, l.version, l.started_at, l.heartbeat_at, l.lost_at, l.concurrency,
  l.rescued FROM queued_job_lost_processor AS l {use_processor_lost}
 WHERE l.lost_at > {secs_ago}
   AND NOT EXISTS (SELECT 1 FROM queued_job_processor AS p WHERE p.id = l.id)
 ORDER BY l.lost_at DESC LIMIT 100"""
_HOLDS = """
SELECT host, who, why, since, expires_at FROM queued_job_hold
 WHERE expires_at IS NULL OR expires_at > {now} ORDER BY host LIMIT 1000"""
_MINUTES = """
SELECT minute, CAST(SUM(succeeded) AS SIGNED) AS succeeded,
  CAST(SUM(failed) AS SIGNED) AS failed, CAST(SUM(retried) AS SIGNED) AS retried,
  CAST(SUM(killed) AS SIGNED) AS killed,
  CAST(SUM(duration_ms_sum) AS SIGNED) AS duration_ms_sum,
  MAX(duration_ms_max) AS duration_ms_max
  FROM queued_job_stats WHERE minute > {secs_ago} GROUP BY minute ORDER BY minute"""
_PLACES = """
SELECT id, host, organization_id FROM queued_job {use_primary} WHERE id IN """
_MINUTES_OF_EACH = """
SELECT minute, processor_id, succeeded, failed, retried, killed, duration_ms_sum,
  duration_ms_max FROM queued_job_stats {use_primary}
 WHERE minute > {secs_ago} ORDER BY minute, processor_id LIMIT 5000"""
_JOBS_OF_PROCESSOR = """
SELECT {summary_columns} FROM queued_job AS j {use_claimed_by}
 WHERE j.claimed_by = %s ORDER BY j.id LIMIT %s"""
_META = "SELECT value FROM queued_job_meta WHERE name = %s"


class StoreReads:
    """Reads over one session. Every query is bounded."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def now(self) -> datetime:
        """Return the time by the database's clock."""
        found = self._session.rows(_NOW)
        return rows.moment(found[0]["now"]) or datetime.now(UTC)

    def counts(self) -> Counts:
        """Return how many jobs are in each state; each count stops at the cap. The
        oldest due job is that of no held host.
        """
        held = {hold.host for hold in self.holds()}
        return self.counts_beside(StoreBacklog(self._session).oldest_due(held))

    def counts_beside(self, oldest: OldestDue | None) -> Counts:
        """Return the same, where the oldest due job is known."""
        return Counts(
            due=self._count(_COUNT_DUE),
            waiting=self._count(_COUNT_WAITING),
            running=self._count_state(JobState.RUNNING),
            succeeded=self._count_state(JobState.SUCCEEDED),
            failed=self._count_state(JobState.FAILED),
            killed=self._count_state(JobState.KILLED),
            oldest_due_at=oldest.at if oldest else None,
            now=self.now(),
        )

    def jobs(
        self, wanted: JobFilter, limit: int = 200, after: str | None = None
    ) -> JobPage:
        """Return a page: pending and running jobs in the order they are claimed,
        finished ones newest first, all of them by id descending.
        """
        return list_jobs(self._session, wanted, limit, after)

    def jobs_with_ids(self, ids: Sequence[int]) -> tuple[JobSummary, ...]:
        """Return those of these jobs that are there, in the order of *ids*."""
        return jobs_with_ids(self._session, ids)

    def hosts_beginning(self, start: str, limit: int = 5) -> list[str]:
        """Return hosts of jobs that begin with *start* and are longer, by name."""
        return hosts_beginning(self._session, start, limit)

    def job(self, job_id: int) -> Job:
        """Return a whole job. Raises JobNotFound."""
        found = self._session.rows(_JOB, (job_id,))
        if not found:
            raise JobNotFound(job_id)
        return job_columns.job(found[0])

    def job_log(self, job_id: int, limit: int = 500) -> list[LogEntry]:
        """Return the last *limit* log rows of a job, oldest first."""
        found = self._session.rows(_JOB_LOG, (job_id, limit))
        return [rows.log_entry(row) for row in reversed(found)]

    def ids_since(self, moment: datetime) -> int:
        """Return how many ids of jobs were given since *moment*: as many as jobs were
        made, but for gaps.
        """
        last = rows.whole(self._session.rows(_LAST_JOB_ID)[0]["id"])
        first = first_id_since(self._session, FROM_JOB, last, moment)
        return max(0, last + 1 - first)

    def new_ids(self, moment: datetime) -> dict[str, int]:
        """Return the same for the tables of jobs and of the log, by their names."""
        last = self.last_log_id()
        first = first_id_since(self._session, FROM_LOG_ROW, last, moment)
        return {
            "queued_job": self.ids_since(moment),
            "queued_job_log": max(0, last + 1 - first),
        }

    def last_log_id(self) -> int:
        """Return the largest id in the log, 0 if it is empty."""
        return rows.whole(self._session.rows(_LAST_LOG_ID)[0]["id"])

    def log_ids(
        self, after_id: int, limit: int, job_id: int | None = None
    ) -> list[int]:
        """Return the ids of log rows above *after_id*, ascending."""
        if job_id is None:
            found = self._session.rows(_LOG_IDS, (after_id, limit))
        else:
            found = self._session.rows(_LOG_IDS_OF_JOB, (job_id, after_id, limit))
        return [rows.whole(row["id"]) for row in found]

    def log_ids_before(self, before_id: int, limit: int) -> list[int]:
        """Return the last ids of log rows below *before_id*, ascending."""
        found = self._session.rows(_LOG_IDS_BEFORE, (before_id, limit))
        return [rows.whole(row["id"]) for row in reversed(found)]

    def log_rows(self, ids: Sequence[int]) -> list[LogEntry]:
        """Return these log rows, in the order of their ids."""
        if not ids:
            return []
        found = self._session.rows(f"{_LOG_ROWS}{in_list(ids)} ORDER BY id", ids)
        return [rows.log_entry(row) for row in found]

    def processors(self, dead_after_secs: float = 30.0) -> list[ProcessorRow]:
        """Return all processors in the table, by name."""
        found = self._session.rows(_PROCESSORS)
        return [rows.processor(row, dead_after_secs) for row in found]

    def lost_processors(self) -> list[LostProcessor]:
        """Return those that were lost within a day, the last first. One that is still
        in the table is among `processors`.
        """
        found = self._session.rows(_LOST, (LOST_KEPT_SECS,))
        return [rows.lost_processor(row) for row in found]

    def holds(self) -> list[Hold]:
        """Return the held hosts."""
        return [rows.hold(row) for row in self._session.rows(_HOLDS)]

    def minutes(self, last: int) -> list[Minute]:
        """Return the outcomes per minute of the last *last* minutes, oldest first;
        minutes without any are left out.
        """
        return [rows.minute(row) for row in self._session.rows(_MINUTES, (last * 60,))]

    def minutes_of_each(self, last: int) -> list[tuple[int, Minute]]:
        """Return the same for each processor: its id, and what ended in a minute."""
        found = self._session.rows(_MINUTES_OF_EACH, (last * 60,))
        return [(rows.whole(row["processor_id"]), rows.minute(row)) for row in found]

    def table_sizes(self) -> list[TableSize]:
        """Return how large our tables are, by the server's own estimate."""
        return [
            TableSize(
                rows.as_text(row["name"]),
                rows.whole(row["row_count"]),
                rows.whole(row["bytes"]),
            )
            for row in self._session.rows("{table_sizes}")
        ]

    def jobs_of_processor(self, processor_id: int, limit: int) -> list[JobSummary]:
        """Return the jobs that it has claimed, by id."""
        found = self._session.rows(_JOBS_OF_PROCESSOR, (processor_id, limit))
        return [job_columns.summary(row) for row in found]

    def first_log_id(self, since: datetime) -> int:
        """Return the id of the first row of the log written since then."""
        last = self.last_log_id()
        return first_id_since(self._session, FROM_LOG_ROW, last, since)

    def job_places(self, ids: Collection[int]) -> dict[int, JobPlace]:
        """Return host and organization of these jobs; those gone are left out."""
        if not ids:
            return {}
        found = self._session.rows(f"{_PLACES}{in_list(ids)}", tuple(ids))
        return {
            rows.whole(row["id"]): JobPlace(
                rows.as_text(row["host"]), rows.whole_or_none(row["organization_id"])
            )
            for row in found
        }

    def database_uuid(self) -> str:
        """Return which database this is, as idempotency keys have it."""
        found = self._session.rows(_META, ("database_uuid",))
        return rows.as_text(found[0]["value"]) if found else ""

    def listening(self) -> Listening:
        """Return where the database's server listens: no call goes there."""
        found = self._session.rows("{listening}")
        return rows.listening(found)

    def far_count(self, name: str) -> int:
        """Return one of `Counts`, by its name, up to `FAR_COUNT_CAP`."""
        limit = FAR_COUNT_CAP + 1
        pending = {"due": _COUNT_DUE_FAR, "waiting": _COUNT_WAITING_FAR}
        if name in pending:
            found = self._session.rows(pending[name], (limit,))
        else:
            found = self._session.rows(_COUNT_STATE_FAR, (name, limit))
        return rows.whole(found[0]["n"])

    def _count(self, statement: str) -> int:
        return rows.whole(self._session.rows(statement, (COUNT_CAP + 1,))[0]["n"])

    def _count_state(self, state: JobState) -> int:
        found = self._session.rows(_COUNT_STATE, (state.value, COUNT_CAP + 1))
        return rows.whole(found[0]["n"])
