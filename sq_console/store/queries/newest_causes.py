"""The causes of failures: the jobs that failed last, or wait for a retry.

Both are read along the key `finished`, newest first, in pieces: a piece costs some
milliseconds, and what else the console asks goes in between.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate

from sq_console.model import (
    CAUSES_WINDOW,
    COUNT_CAP,
    CauseContext,
    CauseKey,
    CauseSample,
    CausesReading,
    FailedJob,
    JobState,
    ResultCode,
)
from sq_console.rules.causes import cause_key
from sq_console.store import job_columns, rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.store.queries.causes_follower import CausesFollower, FailedJobs
from sq_console.store.queries.changed_stretches import (
    ALWAYS,
    ID_BITS,
    IdSum,
    Mark,
    Stretch,
)
from sq_console.store.queries.reads import StoreReads
from sq_console.text.redact import redact_text

BEFORE_SECS = 3_600
"""Successes before a cause are counted for so long."""
_TEMPORARY = str(int(ResultCode.TEMPORARY))

_FAILED = "SELECT {failed_row} AS failed_row FROM queued_job {use_finished}"
_NEWEST_FIRST = " ORDER BY last_finished_at DESC, id DESC LIMIT %s"
# NULL is not below any time: jobs that were never called are not among them.
_ENDED_BEFORE = f"{_FAILED} WHERE state = %s AND last_finished_at < %s{_NEWEST_FIRST}"
_ENDED_THEN = (
    f"{_FAILED} WHERE state = %s AND last_finished_at = %s AND id < %s{_NEWEST_FIRST}"
)
_NO_END = Mark(ALWAYS, 0)
_SUM = f"""
SELECT %s AS part, COUNT(*) AS jobs, CAST(SUM(id & {ID_BITS}) AS SIGNED) AS ids FROM (
  SELECT id FROM queued_job {{use_finished}}
   WHERE state = %s AND last_finished_at >= %s AND last_finished_at < %s
   LIMIT {CAUSES_WINDOW}) AS capped"""  # noqa: S608 - numbers only
_SAMPLES = """
SELECT {summary_columns}, SUBSTR(j.last_response, 1, 500) AS answer
  FROM queued_job AS j WHERE j.id IN """
_SUCCEEDED_BEFORE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_host_finished}
 WHERE state = 'succeeded' AND host = %s AND last_finished_at >= %s
   AND last_finished_at < %s LIMIT %s) AS capped"""
_LAST_SUCCESS = """
SELECT last_finished_at FROM queued_job {use_host_finished}
 WHERE state = 'succeeded' AND host = %s AND last_finished_at < %s
 ORDER BY last_finished_at DESC LIMIT 1"""
_PENDING_THERE = """
SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM queued_job {use_host}
 WHERE state = 'pending' AND host = %s LIMIT %s) AS capped"""


class StoreCauses:
    """Causes of failures, over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reads = StoreReads(session)

    def newest(self, limit: int = CAUSES_WINDOW) -> CausesReading:
        """Return the causes of the *limit* jobs that failed last."""
        follower = CausesFollower(limit)
        while follower.step(self):
            pass
        return follower.reading

    def database_now(self) -> datetime:
        """Return the time by the database's clock."""
        return self._reads.now()

    def piece(self, state: JobState, after: Mark | None, limit: int) -> FailedJobs:
        """Return *limit* jobs in *state* that ended before *after*, newest first, those
        left out that did not fail: an operator had them retried.
        """
        begin = after or _NO_END
        found: list[Row] = []
        if after is not None:
            same_second = (state.value, after.ended, after.id, limit)
            found += self._session.rows(_ENDED_THEN, same_second)
        if len(found) < limit:
            before = (state.value, begin.ended, limit - len(found))
            found += self._session.rows(_ENDED_BEFORE, before)
        texts = [rows.as_text(row["failed_row"]) for row in found]
        jobs = [_failed_job(text, state) for text in texts]
        first = _mark(texts[0]) if texts else None
        last = _mark(texts[-1]) if len(found) == limit else None
        return FailedJobs(tuple(job for job in jobs if job is not None), first, last)

    def sums(self, state: JobState, stretches: Sequence[Stretch]) -> list[IdSum]:
        """Return the sums of some stretches of a list, in their order."""
        params = [
            value
            for part, stretch in enumerate(stretches)
            for value in (part, state.value, *stretch)
        ]
        statement = " UNION ALL ".join([_SUM] * len(stretches))
        found = self._session.rows(statement, params)
        by_part = {
            rows.whole(row["part"]): IdSum(
                rows.whole(row["jobs"]), rows.whole(row["ids"])
            )
            for row in found
        }
        return [by_part[part] for part in range(len(stretches))]

    def samples(self, key: CauseKey, job_ids: Sequence[int]) -> tuple[CauseSample, ...]:
        """Return those of these jobs that still have the cause *key*, in their order,
        with what their handler answered.
        """
        if not job_ids:
            return ()
        found = self._session.rows(f"{_SAMPLES}{in_list(job_ids)}", job_ids)
        by_id = {rows.whole(row["id"]): _sample(row) for row in found}
        samples = [by_id[job_id] for job_id in job_ids if job_id in by_id]
        return tuple(sample for sample in samples if _has_cause(sample, key))

    def context(self, host: str, since: datetime) -> CauseContext:
        """Return what *host* answered before *since*, and what is pending there."""
        begin = since - timedelta(seconds=BEFORE_SECS)
        times = rows.stamp(begin), rows.stamp(since)
        before = self._session.rows(_SUCCEEDED_BEFORE, (host, *times, COUNT_CAP + 1))
        last = self._session.rows(_LAST_SUCCESS, (host, times[1]))
        pending = self._session.rows(_PENDING_THERE, (host, COUNT_CAP + 1))
        return CauseContext(
            succeeded_before=rows.whole(before[0]["n"]),
            last_success=rows.moment(last[0]["last_finished_at"]) if last else None,
            pending=rows.whole(pending[0]["n"]),
        )


# Of many rows few are different.
_moment = lru_cache(maxsize=1_024)(rows.moment)
_number = lru_cache(maxsize=1_024)(rows.whole_or_none)


def _failed_job(text: str, state: JobState) -> FailedJob | None:
    job_id, ended, result, organization_id, status, *lengths, texts = text.split(
        "\t", 8
    )
    ended_at = _moment(ended)
    is_waiting = state is JobState.PENDING
    if ended_at is None or (is_waiting and result != _TEMPORARY):
        return None
    first, second, third = accumulate(map(int, lengths))
    key = cause_key(
        texts[third:],
        texts[first:second],
        texts[:first],
        _number(status),
        texts[second:third],
        redact_text,
    )
    return FailedJob(int(job_id), key, ended_at, _number(organization_id), is_waiting)


def _mark(text: str) -> Mark:
    job_id, ended, _ = text.split("\t", 2)
    return Mark(ended, rows.whole(job_id))


def _sample(row: Row) -> CauseSample:
    return CauseSample(job_columns.summary(row), rows.as_text(row["answer"]))


def _has_cause(sample: CauseSample, key: CauseKey) -> bool:
    job, answer = sample.job, sample.answer
    is_waiting = job.state is JobState.PENDING and job.result_code == int(_TEMPORARY)
    found = cause_key(
        job.host, job.url, job.last_error, job.last_status_code, answer, redact_text
    )
    return (is_waiting or job.state is JobState.FAILED) and found == key
