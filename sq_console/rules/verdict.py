"""The verdict on the queue, and its onset out of the sums per minute.

A window of some minutes slides back from now. A condition began where the windows stop
showing it: not at the first good one, since a good minute among bad ones is no
recovery, but at several in a row. Windows without calls are no evidence either way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from sq_console.model import HOLD_ALL, Minute, ProcessorRow, ProcessorState
from sq_console.model.queue_health import (
    HealthReading,
    StuckReason,
    Verdict,
    VerdictKind,
)

HISTORY_MINUTES = 1_440
"""Sums are read so far back."""
FAILING_SHARE, SOME_FAIL_SHARE = 0.2, 0.05
"""Shares of failed calls that are a fault, and that are worth a word."""
SLOW_SECS = 60.0
"""A due job waits for longer only where slots are short or calls are slow."""
VERY_SLOW_SECS = 600.0
"""So slow is worse than some failures."""
_SLOW_TO_END = 0.5
"""It is slow as long as the oldest waits for this share of what made it so."""
STUCK_SECS = 120.0
"""Jobs are due, and so long nobody has called any."""
UNSERVED_SECS = 30.0
"""Without a processor jobs may be due for so long: `--once` comes with cron."""
_EXIT_SHARES = {
    VerdictKind.FAILING: FAILING_SHARE / 2,
    VerdictKind.SOME_FAIL: SOME_FAIL_SHARE / 2,
}
"""It lasts as long as so many calls fail: less than made it begin."""
_SPANS = (5, 15, 60)
"""Minutes looked at for failures: more of them where there are few calls."""
_ENOUGH_CALLS = 10
_LEAST_FAILED = 3
"""Fewer failures are nobody's concern."""
_GOOD_WINDOWS = 3
"""So many good windows in a row end a condition."""
_SILENT_WINDOWS = 30
"""So do so many without calls."""


def verdict_of(
    reading: HealthReading,
    *,
    goes_on: int | None = None,
    new: int | None = None,
    not_well_at: datetime | None = None,
    was: VerdictKind | None = None,
) -> Verdict:
    """Return the verdict on *reading*; *goes_on* and *new* count causes of failures.
    *not_well_at* is when the last other verdict than `WELL` was seen: not every one
    leaves traces in the sums. *was* is the verdict before: how long jobs waited then is
    in no sums either.
    """
    past = _Past.of(reading.minutes, reading.now)
    span = past.span()
    failed, calls = past.recent(span)
    stuck = _why_stuck(reading, past)
    slow = _SLOW_TO_END if was is VerdictKind.SLOW else 1.0
    kind = _kind(reading, stuck, failed, calls, span, past, slow)
    since, is_longer = _onset(kind, reading, past, span)
    if kind is VerdictKind.WELL and not_well_at is not None:
        since = max(since or not_well_at, not_well_at)
        is_longer = False
    everything = next((it for it in reading.held if it.hold.host == HOLD_ALL), None)
    is_about_failures = kind in (VerdictKind.FAILING, VerdictKind.SOME_FAIL)
    return Verdict(
        kind=kind,
        since=since,
        is_longer=is_longer,
        failed=failed,
        calls=calls,
        span_minutes=span,
        due=due_not_held(reading),
        latency_secs=reading.counts.latency_secs,
        alive=len(reading.alive),
        reason=stuck if kind is VerdictKind.STUCK else None,
        hold=everything.hold if everything else None,
        held=everything.pending if everything else 0,
        goes_on=goes_on if is_about_failures else None,
        new=new if is_about_failures else None,
    )


def due_not_held(reading: HealthReading) -> int:
    """Return the due jobs of hosts that are not held, none if everything is. A count
    that stops at its cap, or is older than a hold, is an upper bound; there is none
    without an oldest.
    """
    if any(it.hold.host == HOLD_ALL for it in reading.held):
        return 0
    if reading.counts.oldest_due_at is None:
        return 0
    number = reading.counts.due - sum(it.due for it in reading.held)
    return max(number, 1 if reading.oldest_due else 0)


def _kind(
    reading: HealthReading,
    stuck: StuckReason | None,
    failed: int,
    calls: int,
    span: int,
    past: "_Past",
    slow: float,
) -> VerdictKind:
    share = failed / calls if failed >= _LEAST_FAILED else 0.0
    if span > _SPANS[0] and not past.ended_badly():
        share = 0.0
    if any(it.hold.host == HOLD_ALL for it in reading.held):
        return VerdictKind.HELD
    if stuck is not None:
        return VerdictKind.STUCK
    if share >= FAILING_SHARE or past.still_failing(span, share):
        return VerdictKind.FAILING
    latency_secs, some_fail = reading.counts.latency_secs, share >= SOME_FAIL_SHARE
    if latency_secs >= slow * (VERY_SLOW_SECS if some_fail else SLOW_SECS):
        return VerdictKind.SLOW
    return VerdictKind.SOME_FAIL if some_fail else VerdictKind.WELL


# Stuck


def _why_stuck(reading: HealthReading, past: "_Past") -> StuckReason | None:
    counts, alive = reading.counts, reading.alive
    if counts.oldest_due_at is None:
        return None
    if not alive:
        served = counts.latency_secs < UNSERVED_SECS
        return None if served else StuckReason.NO_PROCESSOR
    if not any(map(_claims, alive)):
        served = counts.latency_secs < UNSERVED_SECS
        return None if served else StuckReason.ALL_PAUSED
    if counts.running or any(row.running for row in alive):
        return None
    quiet_since = max(
        counts.oldest_due_at,
        past.last_call_at() or counts.oldest_due_at,
        min(row.started_at or counts.oldest_due_at for row in alive if _claims(row)),
    )
    quiet = (reading.now - quiet_since).total_seconds() >= STUCK_SECS
    return StuckReason.NO_CALLS if quiet else None


def _claims(row: ProcessorRow) -> bool:
    return row.state not in (ProcessorState.PAUSED, ProcessorState.DRAINING)


# Onsets


def _onset(
    kind: VerdictKind, reading: HealthReading, past: "_Past", span: int
) -> tuple[datetime | None, bool]:
    """Return since when the queue does so, and whether that was before all minutes."""
    if kind is VerdictKind.WELL:
        return past.well_since(span)
    if kind in _EXIT_SHARES:
        return past.failing_since(span, _EXIT_SHARES[kind])
    return _known_onset(kind, reading, past), False


def _known_onset(
    kind: VerdictKind, reading: HealthReading, past: "_Past"
) -> datetime | None:
    if kind is VerdictKind.SLOW:
        return reading.counts.oldest_due_at
    if kind is VerdictKind.HELD:
        return next(it.hold.since for it in reading.held if it.hold.host == HOLD_ALL)
    heartbeat = None if reading.alive else _last_heartbeat(reading)
    known = [at for at in (heartbeat, past.last_call_at()) if at is not None]
    return max(known, default=None)


def _last_heartbeat(reading: HealthReading) -> datetime | None:
    ages = [row.heartbeat_age_secs for row in reading.processors]
    return reading.now - timedelta(seconds=min(ages)) if ages else None


@dataclass(frozen=True, slots=True)
class _Past:
    """The minutes up to now, one after the other, those without calls too."""

    now: datetime
    start: datetime
    """The first minute."""
    failed: Sequence[int]
    calls: Sequence[int]
    failed_before: Sequence[int]
    """How many of all minutes before each: any window is one subtraction."""
    calls_before: Sequence[int]

    @classmethod
    def of(cls, minutes: Sequence[Minute], now: datetime) -> "_Past":
        last = now.replace(second=0, microsecond=0)
        start = last - timedelta(minutes=HISTORY_MINUTES - 1)
        failed, calls = [0] * HISTORY_MINUTES, [0] * HISTORY_MINUTES
        for row in minutes:
            index = int((row.minute - start).total_seconds() // 60)
            if 0 <= index < HISTORY_MINUTES:
                failed[index] += row.failed + row.retried
                calls[index] += row.calls
        before = (list(accumulate(them, initial=0)) for them in (failed, calls))
        return cls(now, start, failed, calls, *before)

    def window(self, last: int, span: int) -> tuple[int, int]:
        """Return (failed, all) calls of the *span* minutes that end with *last*."""
        first = max(0, last + 1 - span)
        return (
            self.failed_before[last + 1] - self.failed_before[first],
            self.calls_before[last + 1] - self.calls_before[first],
        )

    def recent(self, span: int) -> tuple[int, int]:
        """Return (failed, all) calls of the last *span* minutes, this one included."""
        return self.window(HISTORY_MINUTES - 1, span)

    def span(self) -> int:
        """Return the fewest minutes that have calls enough to judge."""
        enough = (span for span in _SPANS if self.recent(span)[1] >= _ENOUGH_CALLS)
        return next(enough, _SPANS[-1])

    def ended_badly(self) -> bool:
        """Return whether calls failed in the last minute that had any."""
        index = self._last_with_calls()
        return index is not None and self.failed[index] > 0

    def last_call_at(self) -> datetime | None:
        """Return the end of the last minute with calls, now at most."""
        index = self._last_with_calls()
        return None if index is None else min(self.now, self._at(index + 1))

    def still_failing(self, span: int, share: float) -> bool:
        """Return whether so many calls failed since the onset that the *share* of now
        is no recovery: a verdict does not waver around a limit.
        """
        least = _EXIT_SHARES[VerdictKind.FAILING]
        if share < least:
            return False
        first, last = self._first_bad(span, least), HISTORY_MINUTES - 1
        windows = (self.window(index, span) for index in range(first, last))
        return any(
            failed >= max(_LEAST_FAILED, FAILING_SHARE * calls)
            for failed, calls in windows
        )

    def failing_since(self, span: int, share: float) -> tuple[datetime | None, bool]:
        """Return since when at least *share* of the calls fail."""
        first_bad = self._first_bad(span, share)
        if first_bad < span and self.window(first_bad, span)[1]:
            return None, True
        onset = next(
            index
            for index in range(max(0, first_bad + 1 - span), HISTORY_MINUTES)
            if index == first_bad or self._is_bad(index, share)
        )
        return self._at(onset), False

    def _first_bad(self, span: int, share: float) -> int:
        """Return where the windows begin to show that *share* of the calls fail."""
        first_bad, good, silent = HISTORY_MINUTES - 1, 0, 0
        for index in range(HISTORY_MINUTES - 1, -1, -1):
            failed, calls = self.window(index, span)
            if calls and failed >= share * calls:
                first_bad, good, silent = index, 0, 0
            elif calls:
                good += 1
            else:
                silent += 1
            if good >= _GOOD_WINDOWS or silent >= _SILENT_WINDOWS:
                break
        return first_bad

    def well_since(self, span: int) -> tuple[datetime | None, bool]:
        """Return the end of the last bad minute; without one, since when there have
        been calls, as far as is known.
        """
        for index in range(HISTORY_MINUTES - 1, -1, -1):
            failed, calls = self.window(index, span)
            if failed >= _LEAST_FAILED and failed >= SOME_FAIL_SHARE * calls:
                bad = next(
                    index - back
                    for back in range(span)
                    if self._is_bad(index - back, SOME_FAIL_SHARE)
                )
                return min(self.now, self._at(bad + 1)), False
        first = next((i for i, calls in enumerate(self.calls) if calls), None)
        if first is None:
            return None, False
        is_whole_day = first < 2 * span
        return (None if is_whole_day else self._at(first)), is_whole_day

    def _is_bad(self, index: int, share: float) -> bool:
        return bool(self.calls[index]) and (
            self.failed[index] >= share * self.calls[index]
        )

    def _last_with_calls(self) -> int | None:
        indexes = range(HISTORY_MINUTES - 1, -1, -1)
        return next((index for index in indexes if self.calls[index]), None)

    def _at(self, index: int) -> datetime:
        return self.start + timedelta(minutes=index)
