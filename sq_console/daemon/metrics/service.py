"""The metrics of one service: what its processors report, and the server that tells.

With `--procs` the supervisor is the one that listens, and its children report to it.
Only a processor that serves listens: runs that end by themselves, from cron say, would
find the port taken.
"""

import threading
import time
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from logging import INFO, WARNING
from typing import NamedTuple

from sq_console.config import DbSettings, ListenAddress, Settings
from sq_console.daemon.log.event_lines import message_line
from sq_console.daemon.log.event_log import EventLog
from sq_console.daemon.metrics.families import Key
from sq_console.daemon.metrics.http_server import HttpServer, open_socket
from sq_console.daemon.metrics.observation import Observation, Observed
from sq_console.daemon.metrics.pages import NOT_INSTALLED, Pages, Render
from sq_console.daemon.metrics.queue_reader import QueueReader
from sq_console.daemon.metrics.readiness import REPORT_SECS
from sq_console.daemon.metrics.totals import Totals
from sq_console.daemon.reports import Report
from sq_console.processor.status import Goal
from sq_console.store import open_store

_OF_COUNT = {
    "outcomes_lost": "sq_outcomes_lost_total",
    "outcomes_stuck": "sq_outcomes_stuck_total",
    "answers_refused": "sq_answers_refused_total",
    "sums_refused": "sq_sums_refused_total",
    "self_fenced": "sq_self_fences_total",
    "jobs_rescued": "sq_jobs_rescued_total",
    "jobs_released": "sq_jobs_released_total",
    "jobs_stuck": "sq_jobs_stuck_total",
}
"""Names of `reports.COUNTED` -> metrics."""


class _Reported(NamedTuple):
    name: str
    report: Report
    at: float


class MetricsService:
    """Receives reports on any thread, and serves what they come to."""

    def __init__(self, db: DbSettings, listen: ListenAddress) -> None:
        listening = open_socket(listen)
        port = listening.getsockname()[1]
        self._url = f"http://{ListenAddress(listen.host, port)}"
        self._lock = threading.Lock()
        self._reported: dict[Hashable, _Reported] = {}
        self._totals = Totals()
        self._why_none = "starting"
        self._moved_at: float | None = None
        self._queue = QueueReader(partial(open_store, db, read_only=True))
        render = self._render() if find_spec("prometheus_client") else None
        self._can_render = render is not None
        self._server = HttpServer(listening, Pages(self.observe, render).answer)

    def begin(self) -> None:
        """Begin to serve."""
        if self._can_render:
            self._queue.begin_reading()
        self._server.begin_serving()

    def end(self) -> None:
        """Serve no more."""
        self._queue.stop_reading()
        self._server.stop_serving()

    def announce(self, log: EventLog) -> None:
        """Log where the metrics are."""
        text = f"Metrics at {self._url}/metrics, health at /healthz and /readyz"
        log.put(message_line(INFO, "metrics_listening", text))
        if not self._can_render:
            text = f"/metrics answers 501: {NOT_INSTALLED.strip()}"
            log.put(message_line(WARNING, "metrics_missing", text))

    def reported(self, process: Hashable, report: Report, name: str = "") -> None:
        """A process has reported; *name* is needed where there are several."""
        self._totals.absorb(process, _counts_of(report))
        with self._lock:
            self._reported[process] = _Reported(name, report, time.monotonic())

    def ended(self, process: Hashable) -> None:
        """A process has ended. What it counted stays."""
        self._totals.forget(process)
        with self._lock:
            self._reported.pop(process, None)

    def counted(self, name: str, by: float = 1.0) -> None:
        """Something was counted that no process reports."""
        self._totals.grow((name,), by)

    def supervisor_moved(self, why_none: str) -> None:
        """The supervisor's loop goes on; *why_none* says why it has no process."""
        self._moved_at, self._why_none = time.monotonic(), why_none

    def observe(self) -> Observation:
        """Return what is known now."""
        now = time.monotonic()
        with self._lock:
            reported = list(self._reported.values())
        observed = tuple(
            Observed(each.name, each.report.status, now - each.at) for each in reported
        )
        why_none = "" if observed else self._why_none
        return Observation(observed, self._totals.sums(), why_none, self._stalled)

    @property
    def _stalled(self) -> str:
        moved_at = self._moved_at
        secs = 0.0 if moved_at is None else time.monotonic() - moved_at
        return f"the supervisor has not moved for {secs:.0f} s" * (secs > REPORT_SECS)

    def _render(self) -> Render:
        from sq_console.daemon.metrics.collector import (
            ServiceCollector,
            exposition,
            registry_of,
        )

        registry = registry_of(ServiceCollector(self.observe, self._queue))
        return partial(exposition, registry)


@contextmanager
def serving_metrics(settings: Settings, goal: Goal) -> Iterator[MetricsService | None]:
    """Serve inside, where the settings say so. Raises SettingsError when the address
    cannot be listened at.
    """
    listen = settings.metrics.listen
    if listen is None or goal is not Goal.SERVE:
        yield None
        return
    service = MetricsService(settings.db, listen)
    service.begin()
    try:
        yield service
    finally:
        service.end()


def _counts_of(report: Report) -> dict[Key, float]:
    status = report.status
    named: dict[Key, float] = {
        (metric,): report.counts.get(name, 0.0) for name, metric in _OF_COUNT.items()
    }
    return {
        **report.calls,
        **named,
        ("sq_database_errors_total",): status.database_errors,
        ("sq_database_away_seconds_total",): status.away_secs,
        ("sq_log_lines_dropped_total",): report.lines_dropped,
    }
