"""Numbers, ages and durations as people read them."""

from datetime import UTC, datetime, timedelta, timezone

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
        (90_000, "25h", "25h00m", "25 h 0 min"),
        (300_000, "3d", "3d", "3 days"),
        (-5, "0s", "0s", "0 s"),
    ],
)
def test_a_duration_has_a_form_for_lists_for_what_runs_and_for_sentences(
    secs: float, age: str, stopwatch: str, spoken: str
):
    assert form.age(secs) == age
    assert form.stopwatch(secs) == stopwatch
    assert form.spoken_duration(secs) == spoken


def test_numbers_are_short_and_never_say_more_than_is_known():
    assert form.capped_count(10_001) == "10,000+"
    assert form.capped_count(10_000) == "10,000"
    assert [form.stopwatch_limit(secs) for secs in (30, 120, 600, 14_400)] == [
        "30s",
        "2m",
        "10m",
        "4h",
    ]
    assert [form.call_duration(ms) for ms in (None, 34, 2_414, 200_000)] == [
        "",
        "34ms",
        "2.41s",
        "3m20s",
    ]
    assert [form.byte_size(n) for n in (1, 132, 2_048, 3_145_728)] == [
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


@pytest.mark.parametrize(
    ("number", "noun", "nouns", "words"),
    [
        (0, "job", None, "0 jobs"),
        (1, "job", None, "1 job"),
        (1_204, "job", None, "1,204 jobs"),
        (1, "retry", "retries", "1 retry"),
        (2, "retry", "retries", "2 retries"),
    ],
)
def test_a_noun_agrees_with_its_number(
    number: int, noun: str, nouns: str | None, words: str
):
    assert form.plural(number, noun, nouns) == words


def test_a_time_names_its_zone():
    noon = datetime(2026, 9, 12, 12, tzinfo=UTC)
    summer = timezone(timedelta(hours=2), "CEST")
    assert form.time_stamp(noon, summer) == "2026-09-12 14:00:00 CEST"
    assert form.time_stamp(noon) == f"{noon.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    assert form.time_stamp(None) == "-"
