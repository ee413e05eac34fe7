"""How things stand, as one frozen value: what the header and the banners tell."""

from dataclasses import dataclass, replace
from datetime import datetime

from sq_console.model import CausesReading, Verdict
from sq_console.processor.status import Status
from sq_console.ui.state.bulk_watch import BulkStanding
from sq_console.ui.state.clock import secs_between
from sq_console.ui.state.screen_data import Vitals


@dataclass(frozen=True, slots=True)
class Outage:
    """The database is away."""

    since: datetime
    why: str
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class ConsoleStatus:
    """All that the header and the banners tell."""

    label: str
    now: datetime
    """The operator's clock."""
    demo: bool = False
    status: Status | None = None
    """The processor in this console; None when it only watches."""
    error: str | None = None
    """Why that processor ended, when nobody asked it to."""
    vitals: Vitals | None = None
    read_at: datetime | None = None
    stale_secs: float = 3.0
    """Older rows are called old."""
    causes: CausesReading | None = None
    """Why jobs fail; None until it is known."""
    lost: Outage | None = None
    frozen_since: datetime | None = None
    leaving: bool = False
    under_way: str = ""
    """How far the bulk action of this console is; "" when there is none."""
    bulk: BulkStanding | None = None
    reads_only: str = ""
    """Why nothing may be changed from this console; "" when it may."""

    @property
    def verdict(self) -> Verdict | None:
        """The verdict on the queue, with what is known of causes where jobs fail."""
        verdict = self.vitals.verdict if self.vitals else None
        if verdict is None or self.causes is None or not verdict.is_about_failures:
            return verdict
        return replace(verdict, goes_on=self.causes.goes_on, new=self.causes.new)

    @property
    def read_only(self) -> str:
        """Why nothing may be changed here; "" when it may."""
        return self.vitals.read_only if self.vitals else ""

    @property
    def is_stale(self) -> bool:
        """Is what is on the screen older than it should be?"""
        return secs_between(self.read_at, self.now) > self.stale_secs
