"""The pace of calls, as people type and read it."""

import pytest

from sq_console.text.durations import pace_per_second, pace_text


@pytest.mark.parametrize(
    ("typed", "per_second"),
    [
        ("10/s", 10.0),
        ("10", 10.0),
        (" 0.5/s ", 0.5),
        ("600/min", 10.0),
        ("90 per min", 1.5),
        ("7200/h", 2.0),
        ("5 a second", 5.0),
    ],
)
def test_a_pace_is_read(typed: str, per_second: float):
    assert pace_per_second(typed) == per_second


@pytest.mark.parametrize("typed", ["", "0/s", "-1", "10/day", "fast", "1e9", "10001/s"])
def test_what_is_no_pace_is_refused(typed: str):
    with pytest.raises(ValueError, match="is not"):
        pace_per_second(typed)


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(10.0, "10/s"), (1.5, "1.5/s"), (2_500.0, "2,500/s"), (0.5, "30/min")],
)
def test_a_pace_is_written(per_second: float, text: str):
    assert pace_text(per_second) == text
