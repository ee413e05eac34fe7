"""Numbers, ages, filters and lines."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sq_console.model import JobFilter, JobState
from sq_console.ui import is_local, prepare_environment
from sq_console.ui.content.lines import (
    Span,
    Tone,
    cut_line,
    merged,
    text_of,
    width_of,
    wrapped,
)
from sq_console.ui.state import format as form
from sq_console.ui.state.filter_syntax import parse_filter
from sq_console.ui.terminal import cells
from sq_console.ui.terminal.cells import cut, cut_middle

ANY_TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60)


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


def test_times_are_local_and_name_the_zone():
    clock = form.Clock(lambda: datetime(2026, 9, 12, tzinfo=UTC), UTC)
    assert clock.stamp(clock.now()) == "2026-09-12 00:00:00 UTC"
    assert clock.time(None) == "--:--:--"
    assert clock.zone_name == "UTC"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", None),
        ("   ", None),
        ("7", JobFilter(job_id=7)),
        ("#7", JobFilter(job_id=7)),
        ("http 404", JobFilter(text="http 404")),
        ("18446744073709551615", JobFilter(job_id=2**64 - 1)),
        ("#9223372036854788153", JobFilter(job_id=9223372036854788153)),
        ("18446744073709551616", JobFilter(text="18446744073709551616")),
        ("#18446744073709551616", JobFilter(text="#18446744073709551616")),
        ("123456789012345678901", JobFilter(text="123456789012345678901")),
        ("org:18446744073709551615", JobFilter(organization_id=2**64 - 1)),
        ("٣", JobFilter(text="٣")),
        ("host:API.example.com:8443", JobFilter(host="api.example.com:8443")),
        ("org:12 invoice", JobFilter(organization_id=12, text="invoice")),
        ("state:killed", JobFilter(state=JobState.KILLED)),
        ("http://a.example/x", JobFilter(text="http://a.example/x")),
    ],
)
def test_filters(typed: str, wanted: JobFilter | None):
    assert parse_filter(typed) == wanted


@pytest.mark.parametrize(
    "typed", ["org:x", "state:gone", "host:", "id:-1", "id:18446744073709551616"]
)
def test_filters_that_cannot_be_say_why(typed: str):
    with pytest.raises(ValueError, match=typed.partition(":")[0]):
        parse_filter(typed)


@given(ANY_TEXT, st.integers(0, 70))
def test_cut_text_fits(text: str, width: int):
    assert cell_len(cut(text, width)) <= width
    assert cell_len(cut_middle(text, width)) <= width
    assert width_of(cut_line((Span(text), Span(text, Tone.BAD)), width)) == width


@given(st.text(st.sampled_from("ab日本́한 é"), max_size=40), st.integers(0, 50))
def test_padding_is_exact_in_cells(text: str, width: int):
    for pad in (cells.left, cells.right):
        assert cell_len(pad(text, width)) == width
    assert text.startswith(cells.head(text, width))
    assert text.endswith(cells.tail(text, width))
    assert cell_len(cells.head(text, width)) <= width
    assert cell_len(cells.tail(text, width)) <= width


def test_wide_and_zero_width_together_are_not_taken_for_plain_ones():
    assert not cells.is_plain("日\u0301")  # two characters, two cells
    assert cells.is_plain("plain …│")


@given(ANY_TEXT, st.integers(2, 70))
def test_wrapping_loses_nothing(text: str, width: int):
    rows = wrapped((Span(text[:20], Tone.BAD), Span(text[20:])), width)
    assert "".join(text_of(row) for row in rows) == text
    assert all(width_of(row) <= width for row in rows)


def test_a_wide_character_on_a_narrow_line_is_not_an_endless_loop():
    assert len(wrapped((Span("日本"),), 1)) == 2


def test_blanks_take_the_tone_before_them_unless_one_is_filled():
    line = (Span("a", Tone.DIM), Span("  "), Span("b", Tone.DIM), Span(" x "), Span(""))
    assert merged(line) == (Span("a  b", Tone.DIM), Span(" x "))
    badge = (Span(" RUN ", Tone.ON_GOOD), Span("  "))
    assert merged(badge) == badge


def test_over_ssh_nothing_moves_and_what_the_operator_set_stays():
    there = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "TEXTUAL_FPS": "30"}
    prepare_environment(there)
    assert there["TEXTUAL_ANIMATIONS"] == "none"
    assert there["TEXTUAL_FPS"] == "30"
    assert not is_local(there)

    here: dict[str, str] = {}
    prepare_environment(here)
    assert here == {}
    assert is_local(here)
