"""Durations and moments as people type them."""

from datetime import UTC, datetime

import pytest

from sq_console.text.durations import duration_secs, past_moment

NOW = datetime(2026, 9, 12, 2, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "secs"),
    [
        *(("90s", 90), ("15m", 900), ("15min", 900), ("2h", 7_200), ("3d", 259_200)),
        *(("1h30m", 5_400), (" 2H ", 7_200), ("1.5h", 5_400), ("1w", 604_800)),
    ],
)
def test_durations(typed: str, secs: float):
    assert duration_secs(typed) == secs


@pytest.mark.parametrize("typed", ["", "2", "h", "2 h", "-2h", "٣h", "2y", "1e9s"])
def test_what_is_no_duration_is_refused(typed: str):
    with pytest.raises(ValueError, match="is not a duration like"):
        duration_secs(typed)


def test_a_time_of_day_is_the_last_one_there_was():
    assert past_moment("01:59", NOW) == NOW.replace(hour=1, minute=59, second=0)
    assert past_moment("02:01", NOW).day == 11
    assert past_moment("2026-09-01T11:35Z", NOW).day == 1


@pytest.mark.parametrize(
    "typed",
    [
        *("", "24:00", "11", "yesterday", "11:35:99"),
        *("0001-01-01T00:00+23:59", "9999-12-31T23:59-23:59"),
    ],
)
def test_what_is_no_moment_is_refused(typed: str):
    with pytest.raises(ValueError, match="a time like"):
        past_moment(typed, NOW)
