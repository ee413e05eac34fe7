"""The metrics that are served: their names, kinds, labels and help.

Names follow Prometheus' conventions: base units, `_total` for what only grows. The
alerts and the dashboard of this package are tested against this list.
"""

from dataclasses import dataclass
from enum import StrEnum

from sq_console.model import ProcessorState, VerdictKind

Key = tuple[str, ...]
"""(name of a metric, values of its labels)"""


class MetricKind(StrEnum):
    """What a metric is to Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric."""

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()


DURATION = "sq_call_duration_seconds"
DURATIONS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
    *(120.0, 300.0, 1800.0),
)
"""Seconds: the limits of the histogram's buckets."""
OUTCOMES = ("succeeded", "failed", "failed_temporarily", "timed_out", "killed")
"""As the log's `event` has them."""
QUEUE_STATES = ("due", "waiting", "running", "failed")
STATES = tuple(
    state.value for state in ProcessorState if state is not ProcessorState.STOPPED
)
VERDICTS = tuple(kind.value.replace(" ", "_") for kind in VerdictKind)

_CAPPED = "Counting stops at 100,001."


def _families(
    kind: MetricKind, *families: tuple[str, str, tuple[str, ...]]
) -> tuple[Family, ...]:
    return tuple(Family(name, kind, about, labels) for name, about, labels in families)


COUNTERS = _families(
    MetricKind.COUNTER,
    ("sq_outcomes_total", "Outcomes recorded.", ("outcome",)),
    (
        "sq_host_outcomes_total",
        "Outcomes recorded, by host: the busiest have a label of their own.",
        ("host", "outcome"),
    ),
    ("sq_host_call_seconds_total", "Duration of calls, by host.", ("host",)),
    (
        "sq_outcomes_lost_total",
        "Outcomes dropped: the claim was not this processor's any more.",
        (),
    ),
    ("sq_outcomes_stuck_total", "Times an outcome could not be written.", ()),
    ("sq_answers_refused_total", "Answers recorded without their text.", ()),
    ("sq_sums_refused_total", "Times sums of outcomes could not be written.", ()),
    ("sq_self_fences_total", "Times a processor aborted its own calls.", ()),
    ("sq_jobs_rescued_total", "Jobs rescued from dead processors.", ()),
    ("sq_jobs_released_total", "Jobs given back without an outcome.", ()),
    ("sq_jobs_stuck_total", "Times the database refused to change a job.", ()),
    ("sq_database_errors_total", "Errors of the database.", ()),
    ("sq_database_away_seconds_total", "Time the database was away.", ()),
    ("sq_log_lines_dropped_total", "Log lines dropped: nobody read them.", ()),
    ("sq_processors_died_total", "Processes of --procs that died.", ()),
)
PROCESSOR_GAUGES = _families(
    MetricKind.GAUGE,
    ("sq_build_info", "The version that runs.", ("version", "python_version")),
    ("sq_ready", "1 when /readyz says so: jobs can be claimed.", ()),
    ("sq_processors", "Processors of this service, by state.", ("state",)),
    ("sq_slots", "Calls in flight at most.", ()),
    ("sq_slots_used", "Calls in flight.", ()),
    ("sq_jobs_ahead", "Jobs claimed and not yet called.", ()),
    ("sq_outcomes_unrecorded", "Outcomes not written yet.", ()),
    ("sq_database_up", "1 while the database answers all processors here.", ()),
    (
        "sq_heartbeat_age_seconds",
        "Age of the last confirmed heartbeat, of the processor where it is oldest.",
        (),
    ),
)
QUEUE_GAUGES = _families(
    MetricKind.GAUGE,
    ("sq_queue_jobs", f"Jobs of the whole queue, by state. {_CAPPED}", ("state",)),
    (
        "sq_queue_oldest_due_age_seconds",
        "Age of the oldest due job whose host is not held: the latency.",
        (),
    ),
    (
        "sq_queue_processors",
        "Processors of the whole queue with a recent heartbeat, by state.",
        ("state",),
    ),
    ("sq_queue_holds", "Hosts that operators hold.", ()),
    ("sq_queue_held_jobs", "Pending jobs behind the first eight holds.", ()),
    ("sq_queue_verdict", "1 for the verdict that the console shows.", ("verdict",)),
    ("sq_table_rows", "Rows of a table, as the server estimates them.", ("table",)),
    ("sq_table_bytes", "Size of a table with its keys.", ("table",)),
    ("sq_database_bytes", "Size of all tables of the queue, or of the file.", ()),
    ("sq_queue_reading_seconds", "How long the last reading of the queue took.", ()),
)
READING_AGE = Family(
    "sq_queue_reading_age_seconds",
    MetricKind.GAUGE,
    "Age of the sq_queue_ values, which stand still while the database is away.",
)
FAMILIES = (
    *COUNTERS,
    Family(
        DURATION,
        MetricKind.HISTOGRAM,
        "Duration of calls, from the dispatch to the outcome.",
    ),
    *PROCESSOR_GAUGES,
    *QUEUE_GAUGES,
    READING_AGE,
)
