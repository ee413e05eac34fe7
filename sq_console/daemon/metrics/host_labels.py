"""Which hosts have a label of their own: a queue may know thousands, and Prometheus
keeps a series for each.

The first hosts that are called get one, until there are `MOST`. After that, once a
minute, a host without a label takes the place of one that was called less than half as
often in that minute. The series of the host that lost its label ends there, and begins
at 0 if it gets one again, which Prometheus takes for a restart. What is called without
a label counts as `OTHER`, whose series never goes down.
"""

import time
from collections import Counter
from collections.abc import Callable

from sq_console.text.sanitize import clean

MOST = 50
REVIEW_SECS = 60.0
LABEL_CHARS = 100
OTHER, NO_HOST = "(other)", "(none)"
"""No url has such a host."""
_MOST_OTHERS = 1_000
"""So many hosts without a label are compared."""


class HostLabels:
    """Labels of hosts; used by one thread at a time."""

    def __init__(
        self, most: int = MOST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._labels: dict[str, str] = {}
        self._recent: Counter[str] = Counter()
        self._review_at = clock() + REVIEW_SECS

    def label(self, host: str, calls: float = 1) -> str:
        """Return the label for *host*, which was called so many times more."""
        label = self._labels.get(host)
        if label is None and len(self._labels) < self._most:
            label = self._labels[host] = _text(host)
        if label is not None or len(self._recent) < self._most + _MOST_OTHERS:
            self._recent[host] += calls  # type: ignore[assignment]
        return OTHER if label is None else label

    def review(self) -> set[str]:
        """Give labels to the busiest hosts of the last minute, when it is over; return
        labels that were taken away.
        """
        if self._clock() < self._review_at:
            return set()
        recent, self._recent = self._recent, Counter()
        self._review_at = self._clock() + REVIEW_SECS
        quiet = sorted(self._labels, key=lambda host: recent[host])
        busy = [host for host, _ in recent.most_common() if host not in self._labels]
        taken = set()
        for new, old in zip(busy, quiet, strict=False):
            if recent[new] <= 2 * recent[old]:
                break
            taken.add(self._labels.pop(old))
            self._labels[new] = _text(new)
        return taken - set(self._labels.values())


def _text(host: str) -> str:
    """Return *host*, which is foreign text, as a label."""
    return clean(host, LABEL_CHARS) or NO_HOST
