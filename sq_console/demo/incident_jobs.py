"""The jobs of the incident: those of the past four hours, and those that keep coming.

The same seed makes the same jobs. Times are ages in seconds, so that they hold
whenever the demo is started.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sq_console.demo import incident_hosts as hosts
from sq_console.demo.incident_hosts import HOSTS, IncidentHost, IncidentPorts
from sq_console.model import LogEvent, NewJob

HISTORY_SECS = 240 * 60
ORDER = "order 88231"
"""One body mentions it."""
_ORDER_AT = 40
"""In the failed job of billing that is so many from the newest."""
LOST_NAME = "web3:2270"
"""A processor that was lost…"""
LOST_SECS = 19 * 60
"""…so long ago, and had so many jobs."""
RESCUED = 4
_DONE_ROWS = 4_000
_KILLABLE = 230
"""Scheduled jobs of one organisation."""
KILLABLE_ORGANIZATION = 77


@dataclass(frozen=True, slots=True)
class PastCall:
    """One attempt that ended."""

    event: LogEvent
    ended_secs: float
    """How long ago."""
    took_secs: float
    text: str
    status_code: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class PastJob:
    """A job, and what happened to it."""

    host: IncidentHost
    job: NewJob
    created_secs: float
    """How long ago."""
    calls: tuple[PastCall, ...] = ()
    result_code: int | None = None
    due_in_secs: float = 0.0
    """Of a job that waits: from now."""
    max_retries: int = field(default=5)


class IncidentJobs:
    """Jobs for a handler at *ports*."""

    def __init__(self, ports: IncidentPorts, rng: random.Random) -> None:
        self._ports = ports
        self._rng = rng
        self._number = hosts.FIRST_NUMBER

    def live(self, jobs: int) -> list[NewJob]:
        """Return *jobs* new ones, of all hosts by their weights."""
        weights = [host.weight for host in HOSTS]
        return [
            self._new(host)[0] for host in self._rng.choices(HOSTS, weights, k=jobs)
        ]

    def past(self) -> Iterator[PastJob]:
        """Yield all jobs there are at the start, in no order."""
        yield from self._done()
        yield from self._failed(hosts.BILLING, first=20, last=85)
        yield from self._failed(hosts.SHOP, first=70, last=115)
        yield from self._renderer_failures()
        yield from self._rescued()
        yield from self._crm()
        yield from self._waiting()

    def _new(self, host: IncidentHost) -> tuple[NewJob, int]:
        self._number += 1
        number = self._number if "192.0.2." not in host.path else self._number % 250
        job = NewJob(
            http_method=host.http_method,
            url=host.url(self._ports, number),
            body=None if host.http_method == "get" else self._body(host, number),
            headers='{"Content-Type": "application/json"}',
            timeout_secs=host.timeout_secs,
            organization_id=self._rng.choice(hosts.ORGANIZATIONS),
        )
        return job, number

    def _body(self, host: IncidentHost, number: int, memo: str = "") -> bytes:
        """Return some JSON, mostly short; one in a hundred is of 20 to 50 kB."""
        size = self._rng.randint(0, 300)
        if self._rng.random() < 0.01:
            size = self._rng.randint(20_000, 49_000)
        body = {"for": host.name, "number": number, "memo": memo or "x" * size}
        return json.dumps({**body, "lines": [{"sku": "A-1", "count": 2}]}).encode()

    def _done(self) -> Iterator[PastJob]:
        """Yield jobs that succeeded, most of them lately: old ones were pruned."""
        weights = [host.weight for host in HOSTS]
        for host in self._rng.choices(HOSTS, weights, k=_DONE_ROWS):
            newest = host.down_secs + 3.0
            age = newest + (HISTORY_SECS - newest) * self._rng.random() ** 2
            job, number = self._new(host)
            text = hosts.worded(host.answer, number, self._rng)
            call = self._call(host, LogEvent.SUCCEEDED, age, text, 200)
            yield self._ended(host, job, (call,), 0)

    def _failed(
        self, host: IncidentHost, *, first: int, last: int
    ) -> Iterator[PastJob]:
        """Yield jobs that failed for good since the host fails: *first* a minute at the
        beginning, *last* a minute now.
        """
        failure = host.failure
        assert failure is not None
        ages, age = [], failure.since_secs - self._rng.uniform(0.0, 1.0)
        while age > 1.0:
            ages.append(age)
            share = 1 - age / failure.since_secs
            per_minute = first + (last - first) * share
            age -= self._rng.uniform(0.5, 1.5) * 60 / per_minute
        for at, age in enumerate(ages):
            job, number = self._new(host)
            if host is hosts.BILLING and at == len(ages) - _ORDER_AT:
                body = self._body(host, number, f"second charge for {ORDER}")
                job = replace(job, body=body)
            text = hosts.worded(failure.text, number, self._rng)
            code = failure.status_code
            yield self._ended(host, job, (self._failure(host, age, text, code),), 1)

    def _renderer_failures(self) -> Iterator[PastJob]:
        """Yield a cause that is over."""
        for _ in range(12):
            job, _ = self._new(hosts.PDF)
            age = 50 * 60 + self._rng.uniform(0, 240)
            call = self._failure(hosts.PDF, age, "renderer out of memory", 500)
            yield self._ended(hosts.PDF, job, (call,), 1)

    def _rescued(self) -> Iterator[PastJob]:
        """Yield what the lost processor had; another one called it again."""
        text = f"Job rescued: processor {LOST_NAME} lost"
        for at in range(RESCUED):
            job, number = self._new(hosts.MAIL)
            lost = PastCall(LogEvent.RESCUED, LOST_SECS, 45.0 + at, text)
            text_ = hosts.worded(hosts.MAIL.answer, number, self._rng)
            age = LOST_SECS - 1.0 - at
            again = self._call(hosts.MAIL, LogEvent.SUCCEEDED, age, text_, 200)
            yield self._ended(hosts.MAIL, job, (lost, again), 0)

    def _crm(self) -> Iterator[PastJob]:
        """Yield jobs whose calls ran into the timeout, later were refused, until the
        host was held; the last of them wait for a retry.
        """
        for at in range(340):
            share = at / 340
            age = hosts.CRM_SECS - (hosts.CRM_SECS - hosts.HELD_SECS - 200) * share
            calls = tuple(
                self._no_answer(hosts.CRM, age - 65 * nth) for nth in range(3)
            )
            yield self._unanswered(hosts.CRM, calls, 2, 0)
        for at in range(80):
            age = hosts.HELD_SECS + 130 - at
            calls = tuple(
                self._no_answer(hosts.CRM, age - 65 * nth) for nth in range(1 + at % 2)
            )
            yield self._unanswered(hosts.CRM, calls, 2, 60 - calls[-1].ended_secs)

    def _no_answer(self, host: IncidentHost, age: float) -> PastCall:
        if age > 120 * 60 or host is hosts.HOOKS:
            timeout = float(host.timeout_secs)
            return PastCall(LogEvent.TIMED_OUT, age, timeout, "", error="timeout")
        kind = "connection refused"
        return PastCall(LogEvent.FAILED_TEMPORARILY, age, 0.002, kind, error=kind)

    def _unanswered(
        self,
        host: IncidentHost,
        calls: tuple[PastCall, ...],
        retries: int,
        due_in_secs: float,
    ) -> PastJob:
        job, _ = self._new(host)
        job = replace(job, remaining_retries=retries - len(calls) + 1)
        made = self._ended(host, job, calls, 2)
        return replace(made, max_retries=retries, due_in_secs=due_in_secs)

    def _waiting(self) -> Iterator[PastJob]:
        """Yield what is due, scheduled for later, or waits for a retry."""
        due = ((hosts.CRM, 300, hosts.HELD_SECS), (hosts.BILLING, 120, 45))
        for host, jobs, oldest_secs in (
            *due,
            (hosts.SHOP, 40, 40),
            (hosts.MAIL, 25, 4),
        ):
            for at in range(jobs):
                age = oldest_secs * (1 - at / jobs)
                yield PastJob(host, self._new(host)[0], age, due_in_secs=-age)
        for _ in range(20):
            age = self._rng.uniform(60, 10_000)
            call = self._no_answer(hosts.HOOKS, age)
            yield self._unanswered(hosts.HOOKS, (call,), 5, 14_400 - age)
        for _ in range(_KILLABLE):
            job = replace(
                self._new(hosts.PUSH)[0], organization_id=KILLABLE_ORGANIZATION
            )
            later = self._rng.uniform(3_000, 9_000)
            yield PastJob(hosts.PUSH, job, 600, due_in_secs=later)
        for _ in range(120):
            host = self._rng.choice((hosts.MAIL, hosts.PDF, hosts.STOCK))
            later = self._rng.uniform(600, 30_000)
            yield PastJob(host, self._new(host)[0], 900, due_in_secs=later)

    def _call(
        self, host: IncidentHost, event: LogEvent, age: float, text: str, code: int
    ) -> PastCall:
        took = self._rng.uniform(host.low_secs, host.high_secs)
        error = None if event is LogEvent.SUCCEEDED else f"http {code}"
        return PastCall(event, age, took, text, code, error)

    def _failure(
        self, host: IncidentHost, age: float, text: str, code: int
    ) -> PastCall:
        return self._call(host, LogEvent.FAILED, age, text, code)

    def _ended(
        self,
        host: IncidentHost,
        job: NewJob,
        calls: tuple[PastCall, ...],
        result_code: int,
    ) -> PastJob:
        first = calls[0]
        waited = self._rng.uniform(0.01, 0.3)
        created = first.ended_secs + first.took_secs + waited
        return PastJob(host, job, created, calls, result_code)
