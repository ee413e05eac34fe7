"""What a scenario observes of its own process: the most memory it needed, and when its
processor emitted which event.
"""

import time
from pathlib import Path

from sq_console.processor.events import CallStarted, Event, OutcomeRecorded
from tests.processor.run_processor import EventRecorder

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


class PeakMemory:
    """The most memory the process needed beyond what it had when this was made."""

    def __init__(self) -> None:
        _RESET.write_text("5")  # the peak is now what there is
        self._before = _status_kb("VmRSS")

    @property
    def grown_mb(self) -> float:
        """In megabytes."""
        return max(0, _status_kb("VmHWM") - self._before) / 1e3


def _status_kb(name: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))


class TimestampedList(list[Event]):
    """Events with the time at which each was emitted."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, event: Event) -> None:
        self.at.append(time.monotonic())
        super().append(event)


class TimedEvents(EventRecorder):
    """The events of one processor with their times."""

    def __init__(self) -> None:
        self.timestamped = TimestampedList()
        super().__init__(self.timestamped)

    def longest_call(self, job_id: int) -> float:
        """From the start of a call to its outcome in the database, in seconds: more
        than the call itself took. 0 when there was none.
        """
        began, longest = 0.0, 0.0
        for event, at in zip(self.events, self.timestamped.at, strict=False):
            if isinstance(event, CallStarted) and event.job_id == job_id:
                began = at
            elif isinstance(event, OutcomeRecorded) and event.outcome.job_id == job_id:
                longest = max(longest, at - began)
        return longest
