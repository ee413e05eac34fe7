"""What a processor process reports of itself, once a second: its status, and counts of
its events since its start.

The status line and the watchdog of systemd and the metrics are made of reports. With
`--procs` each child sends its own to the supervisor, as JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sq_console.model import ProcessorState, ResultCode
from sq_console.processor.events import (
    Event,
    JobRescued,
    JobsReleased,
    JobStuck,
    OutcomeLost,
    OutcomeRecorded,
    OutcomeRefused,
    OutcomeStuck,
    SelfFenced,
    StatsRefused,
    StoreLost,
)
from sq_console.processor.status import Status

_OF_RESULT = {
    ResultCode.SUCCEEDED: "succeeded",
    ResultCode.PERMANENT: "failed",
    ResultCode.TEMPORARY: "failed_temporarily",
    ResultCode.KILLED: "killed",
}
"""Outcomes recorded, by what the row said then."""
_OF_EVENT: dict[type[Event], str] = {
    OutcomeLost: "outcomes_lost",
    OutcomeRefused: "answers_refused",
    OutcomeStuck: "outcomes_stuck",
    StatsRefused: "sums_refused",
    JobStuck: "jobs_stuck",
    JobRescued: "jobs_rescued",
    SelfFenced: "self_fenced",
    StoreLost: "store_lost",
}
_RELEASED = "jobs_released"
COUNTED = (*_OF_RESULT.values(), *_OF_EVENT.values(), _RELEASED)
"""The names of all counts."""
FAILED = ("failed", "failed_temporarily")


@dataclass(frozen=True, slots=True)
class Report:
    """One processor process at one moment."""

    status: Status
    counts: Mapping[str, float] = field(default_factory=dict)
    """By the names of `COUNTED`, since the start of the process."""
    calls: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    """What `metrics.call_counts` counted, where somebody listens for it."""
    lines_dropped: int = 0
    """Log lines dropped since the start of the process."""

    def to_json(self) -> dict[str, Any]:
        """Return it as what `json` writes."""
        return {
            "status": asdict(self.status),
            "counts": dict(self.counts),
            "calls": [[*key, value] for key, value in self.calls.items()],
            "lines_dropped": self.lines_dropped,
        }

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> "Report":
        """Return what `to_json` was called on."""
        status = read["status"] | {"state": ProcessorState(read["status"]["state"])}
        calls = {tuple(key): value for *key, value in read["calls"]}
        return cls(Status(**status), read["counts"], calls, read["lines_dropped"])


class EventCounts:
    """Counts events; they come on the processor's thread, and any may read."""

    def __init__(self) -> None:
        self._counts: dict[str, float] = dict.fromkeys(COUNTED, 0)

    def __call__(self, event: Event) -> None:
        """Count *event*."""
        match event:
            case OutcomeRecorded(_, result):
                self._counts[_OF_RESULT[result]] += 1
            case JobsReleased():
                self._counts[_RELEASED] += event.count
            case _ if type(event) in _OF_EVENT:
                self._counts[_OF_EVENT[type(event)]] += 1

    def counts(self) -> dict[str, float]:
        """Return the counts since the start."""
        return dict(self._counts)


def summed(all_counts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the sums of the counts of several processes."""
    sums: dict[str, float] = dict.fromkeys(COUNTED, 0)
    for counts in all_counts:
        for name, count in counts.items():
            sums[name] = sums.get(name, 0) + count
    return sums
