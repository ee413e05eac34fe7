"""The jobs of the demo: a shop's orders, invoices and webhooks.

Each kind calls a path whose handler behaves in one way (see `handler`), so that a
screen full of them shows both successes and failures.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sq_console.model import NewJob


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job."""

    weight: int
    """How many of a hundred jobs are of this kind."""
    http_method: str
    host: str
    port: int
    """Index into the handlers' ports; -1 is a port without a handler."""
    path: str
    """`{n}` becomes a number."""
    body: str
    """Likewise; empty for none."""
    timeout_secs: int = 30
    retries: int = 5
    retry_delay_secs: int = 5
    priority: int = 0


_SLOW = JobKind(
    16, "post", "127.0.0.1", 1, "/invoices/{n}/render", '{"invoice": {n}, "as": "pdf"}'
)
_FAILING = JobKind(
    3, "post", "localhost", 2, "/legacy/export", '{"customer": {n}}', retries=2
)
_ORDER = JobKind(
    36, "post", "localhost", 0, "/orders/{n}/confirm", '{"order": {n}, "lines": 3}'
)
_JOB_KINDS = (
    _ORDER,
    _SLOW,
    _FAILING,
    JobKind(
        12, "post", "localhost", 1, "/webhooks/crm/contact-updated",
        '{"contact": {n}, "event": "updated"}', retry_delay_secs=4,
    ),
    JobKind(
        10, "put", "127.0.0.1", 2, "/stock/{n}", '{"sku": "A-{n}", "delta": -1}',
        retry_delay_secs=6,
    ),
    JobKind(5, "get", "127.0.0.1", 0, "/reports/{n}", "", timeout_secs=2, retries=1),
    JobKind(
        4, "post", "127.0.0.1", 2, "/payments/{n}/capture",
        '{"payment": {n}, "amount": "59.90"}',
    ),
    JobKind(
        1, "post", "localhost", 0, "/signups", '{"name": "Ada {n}"}', timeout_secs=5
    ),
    JobKind(4, "delete", "localhost", 2, "/partners/{n}/session", ""),
    JobKind(4, "get", "127.0.0.1", 1, "/feeds/{n}.xml", "", retries=2),
    JobKind(2, "post", "127.0.0.1", -1, "/printer/labels", '{"label": {n}}', retries=2),
    JobKind(
        3, "post", "localhost", 0, "/password-resets/{n}", '{"user": {n}}', priority=-10
    ),
)  # fmt: skip
_UNUSED_PORT = 9


class DemoJobs:
    """Jobs for handlers on *ports*."""

    def __init__(self, ports: Sequence[int], rng: random.Random) -> None:
        self._ports = ports
        self._rng = rng
        self._number = 1000

    def first_jobs(self, jobs: int) -> Iterator[NewJob]:
        """Yield the jobs of the start: first those soon on screen; some are scheduled
        for later.
        """
        first = (_FAILING, _SLOW, _FAILING, _SLOW, _ORDER)
        for kind in first[:jobs]:
            yield replace(self._job(kind), priority=-20)
        for at in range(jobs - len(first)):
            job = next(self.random_jobs(1))
            later = self._rng.randint(20, 3_600) if at % 8 == 7 else 0
            yield replace(job, delay_secs=later)

    def random_jobs(self, jobs: int) -> Iterator[NewJob]:
        """Yield *jobs* random jobs, by the weights of their kinds."""
        weights = [kind.weight for kind in _JOB_KINDS]
        for kind in self._rng.choices(_JOB_KINDS, weights, k=jobs):
            yield self._job(kind)

    def _job(self, kind: JobKind) -> NewJob:
        self._number += 1
        number = str(self._number)
        port = _UNUSED_PORT if kind.port < 0 else self._ports[kind.port]
        path = kind.path.replace("{n}", number)
        body = kind.body.replace("{n}", number)
        return NewJob(
            http_method=kind.http_method,
            url=f"http://{kind.host}:{port}{path}",
            body=body.encode() or None,
            headers=json.dumps({"Content-Type": "application/json"}) if body else None,
            timeout_secs=kind.timeout_secs,
            remaining_retries=kind.retries,
            retry_delay_secs=kind.retry_delay_secs,
            priority=kind.priority or self._rng.choice((0, 0, 0, 10)),
            organization_id=self._rng.randint(1, 5),
        )
