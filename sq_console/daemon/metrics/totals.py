"""Sums of what processes counted since their start. A process that ended leaves what it
counted, and the one that replaces it begins at 0: no sum goes down.
"""

import threading
from collections.abc import Hashable, Mapping

from sq_console.daemon.metrics.call_counts import (
    OUTCOMES_OF_HOST,
    SECONDS_OF_HOST,
    without_hosts,
)
from sq_console.daemon.metrics.families import COUNTERS, OUTCOMES, Key
from sq_console.daemon.metrics.host_labels import OTHER, HostLabels


class Totals:
    """Sums over all processes; any thread may use it."""

    def __init__(self, labels: HostLabels | None = None) -> None:
        self._labels = labels or HostLabels()
        self._lock = threading.Lock()
        self._known: dict[Hashable, Mapping[Key, float]] = {}
        self._sums: dict[Key, float] = {
            (family.name,): 0.0 for family in COUNTERS if not family.labels
        } | {("sq_outcomes_total", outcome): 0.0 for outcome in OUTCOMES}

    def absorb(self, process: Hashable, counts: Mapping[Key, float]) -> None:
        """Add what *counts*, those of *process* since its start, have grown by."""
        with self._lock:
            known = self._known.get(process, {})
            self._known[process] = counts
            for key, value in counts.items():
                before = known.get(key, 0.0)
                # One that is smaller has begun again.
                self._grow(key, value - before if value >= before else value)

    def grow(self, key: Key, by: float = 1.0) -> None:
        """Count what no process counts."""
        with self._lock:
            self._grow(key, by)

    def forget(self, process: Hashable) -> None:
        """*process* has ended, and its name may come again."""
        with self._lock:
            self._known.pop(process, None)

    def sums(self) -> dict[Key, float]:
        """Return the sums."""
        with self._lock:
            taken = self._labels.review()
            if taken:
                self._sums = without_hosts(self._sums, taken)
            return dict(self._sums)

    def _grow(self, key: Key, by: float) -> None:
        if key[0] in (OUTCOMES_OF_HOST, SECONDS_OF_HOST) and key[1] != OTHER:
            calls = by if key[0] == OUTCOMES_OF_HOST else 0
            key = (key[0], self._labels.label(key[1], calls), *key[2:])
        if by or key not in self._sums:
            self._sums[key] = self._sums.get(key, 0.0) + by
