"""Numbers, ages and durations as people read them."""

import pytest

from sq_console.text import humanize as form


@pytest.mark.parametrize(
    ("secs", "age", "stopwatch", "spoken"),
    [
        (0, "0s", "0s", "0 s"),
        (41.9, "41s", "41s", "41 s"),
        (99, "1m", "99s", "99 s"),
        (200, "3m", "3m20s", "3 min 20 s"),
        (750, "12m", "12m30s", "12 min"),
        (7_500, "2h", "2h05m", "2 h 5 min"),
        (300_000, "3d", "3d", "3 days"),
        (-5, "0s", "0s", "0 s"),
    ],
)
def test_ages(secs: float, age: str, stopwatch: str, spoken: str):
    assert form.age(secs) == age
    assert form.stopwatch(secs) == stopwatch
    assert form.spoken(secs) == spoken


def test_other_numbers():
    assert form.count(10_001) == "10,000+"
    assert form.count(10_000) == "10,000"
    assert [form.limit(secs) for secs in (30, 120, 600, 14_400)] == [
        "30s",
        "2m",
        "10m",
        "4h",
    ]
    assert [form.took(ms) for ms in (None, 34, 2_414, 200_000)] == [
        "",
        "34ms",
        "2.41s",
        "3m20s",
    ]
    assert [form.size(n) for n in (1, 132, 2_048, 3_145_728)] == [
        "1 byte",
        "132 bytes",
        "2.0 KB",
        "3.0 MB",
    ]
    assert [form.percent(p, 1_000) for p in (0, 1, 30, 999, 1_000)] == [
        "0%",
        "1%",
        "3%",
        "99%",
        "100%",
    ]
    assert form.percent(0, 0) == "0%"
    assert form.sparkline([0, 1, 50, 100]) == "▁▂▅█"
