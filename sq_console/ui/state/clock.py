"""The operator's wall clock: the console's times are local, and the screen names the
zone once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from sq_console.text.humanize import onset, time_stamp


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall clock of the operator's machine; tests give another."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    zone: tzinfo | None = None
    """None is the machine's own zone."""

    def local(self, moment: datetime) -> datetime:
        """Return *moment* in the operator's zone."""
        return moment.astimezone(self.zone)

    def time(self, moment: datetime | None) -> str:
        """Return `14:02:11`, or dashes of the same width."""
        return "--:--:--" if moment is None else f"{self.local(moment):%H:%M:%S}"

    def onset(self, moment: datetime) -> str:
        """Return `14:02`, or `Sep 12` for a day and more away."""
        return onset(self.local(moment), self.local(self.now()))

    def stamp(self, moment: datetime | None) -> str:
        """Return `2026-09-12 14:02:11 CEST`."""
        return time_stamp(moment and self.local(moment), self.zone)

    @property
    def zone_name(self) -> str:
        """The name of the zone, like `CEST`."""
        return f"{self.local(self.now()):%Z}"


def secs_between(earlier: datetime | None, later: datetime) -> float:
    """Return the seconds from *earlier* to *later*; 0 when *earlier* is not known."""
    return 0.0 if earlier is None else (later - earlier).total_seconds()
