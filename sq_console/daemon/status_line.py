"""The status of a daemon in one line: `812/s, 12 running, 0 failing`.

Calls per second and calls that failed are those of the last `WINDOW_SECS`, of all
processor processes together.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence

from sq_console.daemon.reports import FAILED, Report
from sq_console.model import ProcessorState
from sq_console.text.sanitize import clean

WINDOW_SECS = 10.0
_Sample = tuple[float, int, float]
"""(when, calls, failed ones)"""


class StatusLine:
    """Makes the line from the reports of each second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: dict[str, deque[_Sample]] = {}

    def of(self, reports: Sequence[Report], procs: int = 1) -> str:
        """Return the line for the latest *reports*, of *procs* processes if all have
        sent one.
        """
        self._add(reports)
        per_second, failing = self._rates()
        running = sum(report.status.in_flight for report in reports)
        line = f"{per_second:.0f}/s, {running} running, {failing:.0f} failing"
        of_all = "" if len(reports) == procs else f"{len(reports)} of "
        count = f"{of_all}{procs} processors, " if procs > 1 else ""
        return f"{_state(reports)}{count}{line}{_trouble(reports)}"

    def _add(self, reports: Sequence[Report]) -> None:
        now = self._clock()
        kept = self._samples
        self._samples = {}
        for report in reports:
            failed = sum(report.counts.get(name, 0) for name in FAILED)
            samples = kept.get(report.status.name, deque([(now, 0, 0.0)]))
            samples.append((now, report.status.called, failed))
            while samples[0][0] < now - WINDOW_SECS:
                samples.popleft()
            self._samples[report.status.name] = samples

    def _rates(self) -> tuple[float, float]:
        """Return calls per second, and how many failed in the window."""
        per_second = failing = 0.0
        for samples in self._samples.values():
            (began, called, failed), (ended, called_now, failed_now) = (
                samples[0],
                samples[-1],
            )
            per_second += (called_now - called) / max(1.0, ended - began)
            failing += failed_now - failed
        return per_second, failing


def _state(reports: Sequence[Report]) -> str:
    """Return what is not as usual, before the numbers."""
    states = {report.status.state for report in reports}
    if ProcessorState.RUNNING in states or not states:
        return ""
    why = next((r.status.why_paused for r in reports if r.status.why_paused), None)
    return f"{min(states)}{f' ({clean(why)})' if why else ''}: "


def _trouble(reports: Sequence[Report]) -> str:
    troubles = [each for r in reports for each in (r.status.stalled, r.status.trouble)]
    # A line feed would begin another variable of systemd's datagram.
    return "".join(f", {clean(words)}" for words in troubles[:2] if words)
