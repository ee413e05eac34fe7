"""Counts of one process's outcomes, and of how long their calls took: by outcome, by
host and outcome, and as a histogram.
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping

from sq_console.daemon.metrics.families import DURATION, DURATIONS, Key
from sq_console.daemon.metrics.host_labels import HostLabels
from sq_console.model import Outcome, ResultCode
from sq_console.processor.events import Event, OutcomeRecorded

OUTCOMES_OF_HOST, SECONDS_OF_HOST = (
    "sq_host_outcomes_total",
    "sq_host_call_seconds_total",
)
_BUCKETS = tuple((DURATION, str(number)) for number in range(len(DURATIONS) + 1))
DURATION_SUM: Key = (DURATION, "sum")


class CallCounts:
    """Counts since the start. Events come on the processor's thread; any may read."""

    def __init__(self, labels: HostLabels | None = None) -> None:
        self._labels = labels or HostLabels()
        self._lock = threading.Lock()
        self._counts: dict[Key, float] = {}

    def on_event(self, event: Event) -> None:
        """Count *event* when it is about an outcome."""
        if isinstance(event, OutcomeRecorded):
            with self._lock:
                self._count(event.outcome, event.result)

    def _count(self, outcome: Outcome, result: ResultCode) -> None:
        killed = result is ResultCode.KILLED
        kind = "killed" if killed else outcome.log[-1].event.value
        host = self._labels.label(outcome.host)
        self._add(("sq_outcomes_total", kind), 1)
        self._add((OUTCOMES_OF_HOST, host, kind), 1)
        if outcome.status_code is None and not outcome.duration_ms:
            return  # nothing was called
        secs = outcome.duration_ms / 1000
        self._add((SECONDS_OF_HOST, host), secs)
        self._add(_BUCKETS[bisect_left(DURATIONS, secs)], 1)
        self._add(DURATION_SUM, secs)

    def _add(self, key: Key, by: float) -> None:
        self._counts[key] = self._counts.get(key, 0) + by

    def counts(self) -> dict[Key, float]:
        """Return the counts. Those of a host that has lost its label are forgotten."""
        with self._lock:
            taken = self._labels.review()
            if taken:
                self._counts = without_hosts(self._counts, taken)
            return dict(self._counts)


def without_hosts(counts: Mapping[Key, float], labels: set[str]) -> dict[Key, float]:
    """Return *counts* without those of the hosts with these labels."""
    of_host = (OUTCOMES_OF_HOST, SECONDS_OF_HOST)
    return {
        key: value
        for key, value in counts.items()
        if not (key[0] in of_host and key[1] in labels)
    }
