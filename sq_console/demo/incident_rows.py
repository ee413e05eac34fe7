"""Rows of the incident: jobs with their past, their log, the sums of each minute."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sq_console.demo.incident_hosts import HOSTS, IncidentHost, IncidentPorts
from sq_console.demo.incident_jobs import HISTORY_SECS, PastCall, PastJob
from sq_console.model import LogEvent
from sq_console.text import log_messages

Values = tuple[object, ...]

JOB_COLUMNS = (
    *("id", "organization_id", "http_method", "url", "body", "timeout_secs"),
    *("last_started_at", "last_finished_at", "last_response", "result_code"),
    *("remaining_retries", "retry_delay_secs", "created_at", "run_at", "headers"),
    *("attempts", "max_retries", "last_status_code", "last_error"),
)
LOG_COLUMNS = (
    *("job_id", "msg", "created_at", "attempt", "event", "status_code"),
    *("duration_ms", "processor"),
)
_SUMS = ("succeeded", "failed", "retried", "duration_ms_sum", "duration_ms_max")
STATS_COLUMNS = ("minute", "processor_id", *_SUMS)
_BOUNDS_MS = {
    "within_30_ms": 30, "within_100_ms": 100, "within_300_ms": 300, "within_1_s": 1_000,
    "within_3_s": 3_000, "within_10_s": 10_000, "within_30_s": 30_000,
}  # fmt: skip
HOST_STATS_COLUMNS = ("minute", "host", "processor_id", *_SUMS, *_BOUNDS_MS)
_SAMPLES = 6
"""A minute's calls are of so many durations."""
_KIND = {
    LogEvent.SUCCEEDED: "succeeded",
    LogEvent.FAILED: "failed",
    LogEvent.TIMED_OUT: "retried",
    LogEvent.FAILED_TEMPORARILY: "retried",
}
_SENTENCES = {
    LogEvent.SUCCEEDED: log_messages.succeeded,
    LogEvent.FAILED: log_messages.failed_permanently,
    LogEvent.FAILED_TEMPORARILY: log_messages.failed_temporarily,
}


def stamp_of(moment: datetime) -> str:
    """Return *moment* as a column has it: UTC, to the second, which every column can
    hold and no server rounds up into the future.
    """
    return _stamp(moment.astimezone(UTC).replace(microsecond=0))


@lru_cache(maxsize=20_000)
def _stamp(second: datetime) -> str:
    return second.strftime("%Y-%m-%d %H:%M:%S")


def _exact(moment: datetime) -> str:
    """Return *moment* to the millisecond; a column of seconds takes it too."""
    return f"{stamp_of(moment)}.{moment.microsecond // 1000:03d}"


def job_row(job_id: int, past: PastJob, now: datetime) -> Values:
    """Return the row of a job."""
    job, last = past.job, past.calls[-1] if past.calls else None
    created = now - timedelta(seconds=past.created_secs)
    run_at = created
    if last is None or past.due_in_secs:
        run_at = now + timedelta(seconds=past.due_in_secs)
    ended = None if last is None else now - timedelta(seconds=last.ended_secs)
    took = timedelta(seconds=last.took_secs if last else 0)
    return (
        job_id,
        job.organization_id,
        job.http_method,
        job.url,
        None if job.body is None else job.body.decode(),
        job.timeout_secs,
        None if ended is None else _exact(ended - took),
        None if ended is None else _exact(ended),
        last.text if last and last.status_code else None,
        past.result_code,
        job.remaining_retries,
        job.retry_delay_secs,
        stamp_of(created),
        stamp_of(run_at),
        job.headers,
        len(past.calls),
        past.max_retries if past.calls else None,
        last.status_code if last else None,
        last.error if last else None,
    )


def log_rows_of(
    jobs: Sequence[tuple[int, PastJob]], now: datetime, processor: str
) -> list[Values]:
    """Return the log of all calls, in the order in which they were recorded."""
    calls = [
        (call.ended_secs, job_id, number, past, call)
        for job_id, past in jobs
        for number, call in enumerate(past.calls, 1)
    ]
    calls.sort(key=lambda each: (-each[0], each[1]))
    found: list[Values] = []
    for _, job_id, number, past, call in calls:
        job = past.job
        began = log_messages.calling(job_id, job.http_method, job.url, job.timeout_secs)
        ended = now - timedelta(seconds=call.ended_secs)
        started = ended - timedelta(seconds=call.took_secs)
        called = LogEvent.CALLED.value
        found.append(
            (job_id, began, stamp_of(started), number, called, None, None, processor)
        )
        took_ms = round(call.took_secs * 1000)
        found.append(
            (
                *(job_id, _sentence(job_id, call), stamp_of(ended), number),
                *(call.event.value, call.status_code, took_ms, processor),
            )
        )
    return found


def _sentence(job_id: int, call: PastCall) -> str:
    if call.event is LogEvent.TIMED_OUT:
        return log_messages.timed_out(job_id)
    if call.event is LogEvent.RESCUED:
        return log_messages.noted(job_id, call.text)
    return _SENTENCES[call.event](job_id, call.text)


class IncidentSums:
    """The sums of the past, of each host and of all: failures as the jobs have them,
    successes as many as a busy queue has, whose jobs are not all kept.
    """

    def __init__(
        self, jobs: Sequence[PastJob], now: datetime, rng: random.Random
    ) -> None:
        self._now = now
        self._rng = rng
        self._failures: defaultdict[tuple[str, datetime], list[PastCall]]
        self._failures = defaultdict(list)
        for past in jobs:
            for call in past.calls:
                if _KIND.get(call.event, "succeeded") != "succeeded":
                    at = now - timedelta(seconds=call.ended_secs)
                    key = past.host.name, at.replace(second=0, microsecond=0)
                    self._failures[key].append(call)

    def rows(
        self, ports: IncidentPorts, processor_id: int
    ) -> tuple[list[Values], list[Values]]:
        """Return the rows of `queued_job_stats` and of `queued_job_host_stats`."""
        all_hosts, by_host = [], []
        for minute, share in self._minutes():
            total: Counter[str] = Counter()
            for host in HOSTS:
                sums = self._sums(host, minute, share)
                if not sums:
                    continue
                longest = max(total["duration_ms_max"], sums["duration_ms_max"])
                total.update(sums)
                total["duration_ms_max"] = longest
                name = host.url(ports, 0).split("/")[2]
                values = [sums[column] for column in (*_SUMS, *_BOUNDS_MS)]
                by_host.append((stamp_of(minute), name, processor_id, *values))
            values = [total[column] for column in _SUMS]
            all_hosts.append((stamp_of(minute), processor_id, *values))
        return all_hosts, by_host

    def _minutes(self) -> Iterator[tuple[datetime, float]]:
        """Yield each minute, and which share of it is over."""
        this = self._now.replace(second=0, microsecond=0)
        for back in range(HISTORY_SECS // 60, 0, -1):
            yield this - timedelta(minutes=back), 1.0
        yield this, (self._now - this).total_seconds() / 60

    def _sums(self, host: IncidentHost, minute: datetime, share: float) -> Counter[str]:
        sums: Counter[str] = Counter()
        failures = self._failures[host.name, minute]
        for call in failures:
            _count(sums, _KIND[call.event], call.took_secs * 1000, 1)
        if not self._is_down(host, minute):
            calls = host.per_minute * self._rng.uniform(0.9, 1.1) * share
            for _ in range(_SAMPLES):
                took = self._rng.uniform(host.low_secs, host.high_secs)
                _count(sums, "succeeded", took * 1000, round(calls / _SAMPLES))
        return sums

    def _is_down(self, host: IncidentHost, minute: datetime) -> bool:
        """Did it fail from this minute on? The crm is held now, and not called."""
        since = host.down_secs
        began = self._now - timedelta(seconds=since)
        return bool(since) and minute + timedelta(minutes=1) > began


def _count(sums: Counter[str], kind: str, took_ms: float, calls: int) -> None:
    """Add *calls* that took so long each."""
    ms = round(took_ms)
    sums[kind] += calls
    sums["duration_ms_sum"] += ms * calls
    sums["duration_ms_max"] = max(sums["duration_ms_max"], ms)
    bound = next((name for name, most in _BOUNDS_MS.items() if ms <= most), None)
    if bound is not None:
        sums[bound] += calls
