"""Everything that is known, as Prometheus' own library writes it."""

import platform
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from sq_console import __version__
from sq_console.daemon.metrics.call_counts import DURATION_SUM
from sq_console.daemon.metrics.families import (
    DURATIONS,
    FAMILIES,
    QUEUE_STATES,
    STATES,
    VERDICTS,
    Family,
    Key,
    MetricKind,
)
from sq_console.daemon.metrics.observation import Observation
from sq_console.daemon.metrics.queue_reader import QueueReader, QueueReading
from sq_console.daemon.metrics.readiness import readiness, why_away

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class ServiceCollector(Collector):
    """Yields one family after the other, of one observation and one reading."""

    def __init__(self, observe: Callable[[], Observation], queue: QueueReader) -> None:
        self._observe = observe
        self._queue = queue

    def collect(self) -> Iterator[Metric]:
        """See `prometheus_client.registry.Collector`."""
        observation = self._observe()
        gauges = _processor_gauges(observation)
        if self._queue.latest is not None:
            gauges |= _queue_gauges(self._queue.latest)
        gauges["sq_queue_reading_age_seconds",] = self._queue.age_secs
        values = {**observation.counts, **gauges}
        found: defaultdict[str, dict[Key, float]] = defaultdict(dict)
        for (name, *labels), value in values.items():
            found[name][tuple(labels)] = value
        for family in FAMILIES:
            yield _metric(family, found[family.name])


def registry_of(collector: Collector) -> CollectorRegistry:
    """Return a registry with *collector*, and what Prometheus knows of any process."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return the text of all metrics, and its content type: OpenMetrics for who
    accepts that.
    """
    if "application/openmetrics-text" in accept:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return text, OPENMETRICS_TYPE
    return generate_latest(registry), TEXT_TYPE


def _metric(family: Family, found: Mapping[Key, float]) -> Metric:
    """Return a family of what was *found*, by the values of its labels."""
    if family.kind is MetricKind.HISTOGRAM:
        return _histogram(family, found)
    made: CounterMetricFamily | GaugeMetricFamily
    if family.kind is MetricKind.COUNTER:
        made = CounterMetricFamily(family.name, family.help, labels=family.labels)
    else:
        made = GaugeMetricFamily(family.name, family.help, labels=family.labels)
    for labels, value in sorted(found.items()):
        made.add_metric(labels, value)
    return made


def _histogram(family: Family, found: Mapping[Key, float]) -> HistogramMetricFamily:
    limits = [*(str(limit) for limit in DURATIONS), "+Inf"]
    numbers = [found.get((str(place),), 0.0) for place in range(len(limits))]
    made = HistogramMetricFamily(family.name, family.help)
    buckets = list(zip(limits, accumulate(numbers), strict=True))
    made.add_metric([], buckets, found.get(DURATION_SUM[1:], 0.0))
    return made


def _processor_gauges(observation: Observation) -> dict[Key, float]:
    statuses = [each.status for each in observation.processors]
    state_names = [str(status.state) for status in statuses]
    ages = [
        each.status.heartbeat_age_secs + each.age_secs
        for each in observation.processors
    ]
    away = not statuses or any(why_away(each) for each in observation.processors)
    return {
        ("sq_build_info", __version__, platform.python_version()): 1.0,
        ("sq_ready",): float(readiness(observation).ok),
        **{("sq_processors", state): state_names.count(state) for state in STATES},
        ("sq_slots",): sum(status.concurrency for status in statuses),
        ("sq_slots_used",): sum(status.in_flight for status in statuses),
        ("sq_jobs_ahead",): sum(status.waiting for status in statuses),
        ("sq_outcomes_unrecorded",): sum(status.unrecorded for status in statuses),
        ("sq_database_up",): float(not away),
        ("sq_heartbeat_age_seconds",): max(ages, default=0.0),
    }


def _queue_gauges(reading: QueueReading) -> dict[Key, float]:
    health, counts = reading.health, reading.health.counts
    alive = [row.state for row in health.alive]
    verdict = reading.verdict.kind.value.replace(" ", "_")
    return {
        **{
            ("sq_queue_jobs", state): float(getattr(counts, state))
            for state in QUEUE_STATES
        },
        ("sq_queue_oldest_due_age_seconds",): counts.latency_secs,
        **{("sq_queue_processors", state): alive.count(state) for state in STATES},
        ("sq_queue_holds",): len(health.held),
        ("sq_queue_held_jobs",): sum(each.pending for each in health.held),
        **{("sq_queue_verdict", kind): float(kind == verdict) for kind in VERDICTS},
        **{("sq_table_rows", each.name): each.rows for each in reading.sizes},
        **{("sq_table_bytes", each.name): each.bytes for each in reading.sizes},
        ("sq_database_bytes",): sum(each.bytes for each in reading.sizes),
        ("sq_queue_reading_seconds",): reading.took_secs,
    }
