"""How long rows are kept, and what pruning has deleted."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_KEPT_SECS = 315_360_000.0
"""Ten years: what `keep` means where a number is needed."""


class PruneKind(StrEnum):
    """Rows that are pruned together: jobs by their state, and other tables."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    KILLED = "killed"
    SET_ASIDE = "set_aside"
    LOG = "log"
    """Rows of the log; those of a job also go with it."""
    ACTIVITY = "activity"
    BULK = "bulk"
    """Bulk actions that have ended, kept as long as the activity."""


PRUNED_STATES = (
    PruneKind.SUCCEEDED,
    PruneKind.FAILED,
    PruneKind.KILLED,
    PruneKind.SET_ASIDE,
)
"""The kinds that are jobs, each named like its state."""

Pruned = Counter[PruneKind]
"""How many rows of each kind were deleted."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many seconds rows are kept; None: for ever."""

    succeeded: float | None = None
    failed: float | None = None
    killed: float | None = None
    set_aside: float | None = None
    log: float | None = None
    activity: float | None = None
    stats: float | None = None
    """None: as long as the sums are kept without a setting."""

    @property
    def is_on(self) -> bool:
        """Return whether anything is said."""
        return self != Retention()

    def secs(self, kind: PruneKind) -> float | None:
        """Return for how long rows of *kind* are kept."""
        if kind is PruneKind.BULK:
            return self.activity
        secs: float | None = getattr(self, kind.value)
        return secs


@dataclass(frozen=True, slots=True)
class PruneCut:
    """Rows of one kind that are older than a moment: of jobs, that ended before it."""

    kind: PruneKind
    before: datetime


@dataclass(frozen=True, slots=True)
class TableSize:
    """How large a table is, by the server's own estimate."""

    name: str
    rows: int
    bytes: int
    """Its keys included."""
