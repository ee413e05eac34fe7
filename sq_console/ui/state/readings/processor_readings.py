"""What the screen of processors shows: each of them, how fast it is, what it has
claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sq_console.model import JobSummary, LostProcessor, Minute, ProcessorRow
from sq_console.store import Store
from sq_console.ui.state.screen_data import Vitals, read_vitals

RATE_MINUTES = 5
"""A rate is that of the last five minutes, this one included."""
HELD_JOBS = 200
"""Jobs shown of one processor at most."""


@dataclass(frozen=True, slots=True)
class ShownProcessor:
    """A processor that is alive, or was lost: one of the two is given."""

    row: ProcessorRow | None
    lost: LostProcessor | None = None
    calls: int = 0
    """Calls that ended in the minutes of the rate…"""
    failed: int = 0
    """…and those of them that failed."""
    rate_secs: float = 60.0
    """How long these minutes have lasted for it."""

    @property
    def id(self) -> int:
        """Return its id."""
        return self._any.id

    @property
    def name(self) -> str:
        """Return host:pid."""
        return self._any.name

    @property
    def per_minute(self) -> int:
        """Return how many calls a minute it has ended."""
        return round(self.calls * 60 / self.rate_secs)

    @property
    def _any(self) -> ProcessorRow | LostProcessor:
        shown = self.row or self.lost
        assert shown is not None
        return shown


@dataclass(frozen=True, slots=True)
class ProcessorsReading:
    """All processors, and what one of them has claimed."""

    vitals: Vitals
    shown: tuple[ShownProcessor, ...]
    holder_id: int | None
    held: tuple[JobSummary, ...]


def read_processors(store: Store, holder_id: int | None) -> ProcessorsReading:
    """Read the processors and the jobs of *holder_id*; of the first, if it is None."""
    vitals = read_vitals(store)
    minutes = store.reads.minutes_of_each(RATE_MINUTES)
    shown = shown_processors(vitals, minutes)
    if holder_id is None and shown:
        holder_id = shown[0].id
    held = store.reads.jobs_of_processor(holder_id, HELD_JOBS) if holder_id else ()
    return ProcessorsReading(vitals, shown, holder_id, tuple(held))


def shown_processors(
    vitals: Vitals, minutes: Sequence[tuple[int, Minute]]
) -> tuple[ShownProcessor, ...]:
    """Return those that are silent, those that are alive, those that were lost."""
    calls: dict[int, list[Minute]] = {}
    for processor_id, minute in minutes:
        calls.setdefault(processor_id, []).append(minute)
    rows = sorted(vitals.processors, key=lambda row: row.alive)
    return (
        *(_with_rate(row, calls.get(row.id, []), vitals.now) for row in rows),
        *(ShownProcessor(None, lost) for lost in vitals.lost_processors),
    )


def _with_rate(
    row: ProcessorRow, minutes: Sequence[Minute], now: datetime
) -> ShownProcessor:
    """The minutes begin at full ones; those before its start do not count. What it did
    in less than a minute is no more than that many a minute.
    """
    this_minute = now.replace(second=0, microsecond=0)
    begin = this_minute - timedelta(minutes=RATE_MINUTES - 1)
    if row.started_at is not None:
        begin = max(begin, row.started_at)
    return ShownProcessor(
        row,
        calls=sum(minute.calls for minute in minutes),
        failed=sum(minute.failed + minute.retried for minute in minutes),
        rate_secs=max(60.0, (now - begin).total_seconds()),
    )
