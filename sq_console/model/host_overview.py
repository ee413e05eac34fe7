"""How each host does: what waits for it, what was called, how it answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sq_console.model.queue_overview import Hold


class HostState(StrEnum):
    """A host's state in a word, the worst first."""

    FAILING = "FAILING"
    """Many of its calls fail now."""
    HELD = "HELD"
    """Nobody calls it, as operators want."""
    SLOW = "slow"
    """Its calls take long, or its jobs wait for long."""
    OK = "ok"
    QUIET = "quiet"
    """Nothing is due there, and nothing was called lately."""


@dataclass(frozen=True, slots=True)
class HostCalls:
    """The calls of one host that ended in the last minutes."""

    calls: int = 0
    failed: int = 0
    """Temporarily or for good."""
    per_minute: float = 0.0
    median_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LastFailure:
    """The failure of a host that is the newest."""

    at: datetime
    status_code: int | None
    error: str
    """A short kind: `timeout`, `http 500`."""


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host, as a list shows it."""

    host: str
    """As `queued_job.host` has it; "" for urls without one."""
    state: HostState
    due: int
    is_due_cut: bool
    """More may be due: not all of its pending jobs were counted."""
    oldest_due_at: datetime | None
    running: int
    recent: HostCalls
    last_failure: LastFailure | None = None
    hold: Hold | None = None
    """The hold of this host, or that of everything."""


@dataclass(frozen=True, slots=True)
class HostsReading:
    """Hosts that have jobs to call, or were called in the last hour; worst first."""

    rows: tuple[HostRow, ...]
    now: datetime
    """The database's clock at the reading."""
    is_cut: bool = False
    """There are more hosts than were read."""


@dataclass(frozen=True, slots=True)
class HostMinute:
    """The calls of one host that ended in one minute."""

    minute: datetime
    calls: int
    failed: int


@dataclass(frozen=True, slots=True)
class HostDetails:
    """More about one host."""

    host: str
    failing_since: datetime | None
    """None: it does not fail now, or has for longer than its sums are read."""
    failed: int
    """Failed jobs; it stops at `COUNT_CAP` + 1."""
    retrying: int
    """Pending jobs that were called before; it stops alike."""
    last_answer: str
    """The beginning of what the newest failure was answered with."""
