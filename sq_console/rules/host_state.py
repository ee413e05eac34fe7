"""The state of a host in a word, its median and its onset, out of sums. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sq_console.model import CALL_DURATIONS_MS
from sq_console.model.host_overview import HostCalls, HostMinute, HostRow, HostState
from sq_console.rules.verdict import FAILING_SHARE

SLOW_MS = 3_000
"""A host whose median call takes longer is slow."""
LATE_SECS = 600.0
"""So is one whose oldest due job waits for longer."""
_GOOD_MINUTES = 3
"""So many good minutes in a row end a failure."""
_WORST_FIRST = list(HostState)


def host_state(
    recent: HostCalls, *, is_held: bool, has_jobs: bool, late_secs: float
) -> HostState:
    """Return the state of a host; *has_jobs*: some are due or running."""
    if is_held:
        return HostState.HELD
    if is_failing(recent.calls, recent.failed):
        return HostState.FAILING
    if late_secs >= LATE_SECS or (recent.median_ms or 0) >= SLOW_MS:
        return HostState.SLOW
    return HostState.OK if recent.calls or has_jobs else HostState.QUIET


def is_failing(calls: int, failed: int) -> bool:
    """Do so many of the calls fail that it is a fault? One of several may."""
    return failed >= max(1, FAILING_SHARE * calls) and (failed > 1 or calls == failed)


def median_ms(within: Sequence[int], calls: int, longest_ms: int) -> int | None:
    """Return the median of *calls* that were counted *within* `CALL_DURATIONS_MS`, as
    if they lay evenly between two limits; None without calls.
    """
    if calls < 1:
        return None
    half, before = calls / 2, 0
    limits = (0, *CALL_DURATIONS_MS, max(longest_ms, CALL_DURATIONS_MS[-1]))
    longer = max(0, calls - sum(within))
    for place, number in enumerate((*within, longer)):
        if number and before + number >= half:
            low, high = limits[place], min(limits[place + 1], max(longest_ms, 1))
            share = (half - before) / number
            return round(low + max(0, high - low) * share)
        before += number
    return longest_ms


def failing_since(minutes: Iterable[HostMinute]) -> datetime | None:
    """Return the minute since which the calls of a host fail; *minutes* come newest
    first. None when its last minute with calls was good, or when no end of the failure
    is among them.
    """
    since, good = None, 0
    for row in minutes:
        if not row.calls:
            continue
        if is_failing(row.calls, row.failed):
            since, good = row.minute, 0
        elif since is None:
            return None
        else:
            good += 1
            if good >= _GOOD_MINUTES:
                return since
    return since


def worst_first(rows: Iterable[HostRow]) -> tuple[HostRow, ...]:
    """Return *rows* by state, then by jobs that are due, then by calls."""
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                _WORST_FIRST.index(row.state),
                -row.due,
                -row.recent.calls,
                row.host,
            ),
        )
    )
