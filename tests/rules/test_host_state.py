"""The state of a host in a word."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model.host_overview import HostCalls, HostMinute, HostRow, HostState
from sq_console.rules.host_state import (
    failing_since,
    host_state,
    median_ms,
    worst_first,
)

NOON = datetime(2026, 9, 12, 12, 0, tzinfo=UTC)
TABLE = [
    (HostCalls(100, 100), {}, HostState.FAILING),
    (HostCalls(100, 25), {}, HostState.FAILING),
    (HostCalls(100, 19), {}, HostState.OK),
    (HostCalls(1, 1), {}, HostState.FAILING),
    (HostCalls(3, 1), {}, HostState.OK),
    (HostCalls(2, 2), {"late_secs": 6_000.0}, HostState.FAILING),
    (HostCalls(100, 100), {"is_held": True}, HostState.HELD),
    (HostCalls(), {"is_held": True}, HostState.HELD),
    (HostCalls(9, 0, 1.0, 3_000), {}, HostState.SLOW),
    (HostCalls(9, 0, 1.0, 2_999), {}, HostState.OK),
    (HostCalls(), {"has_jobs": True, "late_secs": 600.0}, HostState.SLOW),
    (HostCalls(), {"has_jobs": True, "late_secs": 599.0}, HostState.OK),
    (HostCalls(1, 0), {}, HostState.OK),
    (HostCalls(), {}, HostState.QUIET),
]


@pytest.mark.parametrize(("recent", "more", "state"), TABLE)
def test_the_state_of_a_host(
    recent: HostCalls, more: dict[str, object], state: HostState
):
    given: dict[str, object] = {"is_held": False, "has_jobs": False, "late_secs": 0.0}

    assert host_state(recent, **{**given, **more}) is state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("within", "calls", "longest_ms", "median"),
    [
        ((0,) * 7, 0, 0, None),
        ((4, 0, 0, 0, 0, 0, 0), 4, 30, 15),
        ((4, 0, 0, 0, 0, 0, 0), 4, 10, 5),
        ((1, 0, 0, 8, 1, 0, 0), 10, 2_000, 650),
        ((0, 0, 0, 0, 0, 0, 0), 2, 50_000, 40_000),
        ((0, 0, 1, 0, 0, 0, 0), 1, 150, 125),
    ],
)
def test_the_median_lies_between_the_limits_of_its_place(
    within: tuple[int, ...], calls: int, longest_ms: int, median: int | None
):
    assert median_ms(within, calls, longest_ms) == median


def minutes(failed_of_ten: str) -> list[HostMinute]:
    """Oldest first, of ten calls each: `0` good, `9` bad, `-` without calls."""
    return [
        HostMinute(
            NOON + timedelta(minutes=at),
            0 if sign == "-" else 10,
            0 if sign == "-" else int(sign),
        )
        for at, sign in enumerate(failed_of_ten)
    ][::-1]


@pytest.mark.parametrize(
    ("past", "since"),
    [
        ("", None),
        ("0000", None),
        ("00099", 3),
        ("0009-9-", 3),
        ("9900099", 5),
        ("9900999", 0),
        ("99990", None),
        ("9999", 0),
    ],
)
def test_a_host_fails_since_its_last_recovery(past: str, since: int | None):
    began = None if since is None else NOON + timedelta(minutes=since)

    assert failing_since(minutes(past)) == began


def test_the_worst_hosts_come_first():
    def row(host: str, state: HostState, due: int = 0, calls: int = 0) -> HostRow:
        return HostRow(host, state, due, False, None, 0, HostCalls(calls))

    rows = [
        row("e", HostState.QUIET),
        row("d", HostState.OK, 9),
        row("c", HostState.SLOW, 1),
        row("b", HostState.HELD, 5),
        row("a2", HostState.FAILING, 3, 1),
        row("a1", HostState.FAILING, 3, 7),
        row("a0", HostState.FAILING, 900),
    ]

    names = [row.host for row in worst_first(rows)]
    assert names == ["a0", "a1", "a2", "b", "c", "d", "e"]
