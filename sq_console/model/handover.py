"""What the next one on duty has to know: the queue now, and what happened since."""

from dataclasses import dataclass
from datetime import datetime

from sq_console.model.bulk import BulkRow
from sq_console.model.failure_causes import CausesReading
from sq_console.model.operator_activity import Activity
from sq_console.model.queue_health import HealthReading, Verdict
from sq_console.model.queue_overview import LostProcessor, Minute


@dataclass(frozen=True, slots=True)
class Handover:
    """The queue now, and what happened since."""

    label: str
    """The database, for people."""
    server: str
    since: datetime
    verdict: Verdict
    health: HealthReading
    minutes: tuple[Minute, ...]
    """The sums since."""
    pending_then: int | None
    """About how many jobs were pending; None: that cannot be reckoned."""
    causes: CausesReading
    bulk: tuple[BulkRow, ...]
    """Bulk actions that were begun or ended since, or go on."""
    lost: tuple[LostProcessor, ...]
    """Processors lost since."""
    activity: tuple[Activity, ...]
    """What operators did since, the newest first."""

    @property
    def now(self) -> datetime:
        """Return the database's clock."""
        return self.health.now
