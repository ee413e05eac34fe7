"""The verdict in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sq_console.model import Hold, StuckReason, Verdict, VerdictKind
from sq_console.text.humanize import onset
from sq_console.text.verdict_words import verdict_words

AT = datetime(2026, 9, 12, 11, 35, tzinfo=UTC)
HOLD = Hold("*", "anna@ops", "ticket\x1b 42", AT)
STUCK = Verdict(VerdictKind.STUCK, AT, due=8_980, alive=2)


def words(verdict: Verdict) -> str:
    return str(verdict_words(verdict, lambda moment: f"{moment:%H:%M}"))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(VerdictKind.WELL, AT), "well since 11:35"),
        (Verdict(VerdictKind.WELL, is_longer=True), "well for over 24 h"),
        (Verdict(VerdictKind.WELL), "well, no call in 24 h"),
        (
            Verdict(VerdictKind.FAILING, AT, failed=72, calls=100, goes_on=2, new=1),
            "FAILING since 11:35, 72% of calls in the last 5 min,"
            " 2 causes go on, 1 is new",
        ),
        (
            Verdict(VerdictKind.SOME_FAIL, AT, failed=8, calls=100, goes_on=1),
            "SOME FAIL since 11:35, 8% of calls in the last 5 min, 1 cause goes on",
        ),
        (
            Verdict(VerdictKind.SLOW, AT, due=41, latency_secs=2_580),
            "SLOW: the oldest of 41 due jobs waits for 43m",
        ),
        (
            Verdict(VerdictKind.HELD, AT, hold=HOLD, held=300, alive=1),
            "HELD, everything since 11:35 by anna@ops: ticket␛ 42, 300 wait",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Verdict) else "",
)
def test_each_kind_says_since_when(verdict: Verdict, said: str):
    assert words(verdict) == said


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            StuckReason.NO_PROCESSOR,
            "STUCK: 8,980 due, no processor alive since 11:35",
        ),
        (
            StuckReason.ALL_PAUSED,
            "STUCK: 8,980 due, every processor is paused, no call since 11:35",
        ),
        (
            StuckReason.NO_CALLS,
            "STUCK: 8,980 due, no call since 11:35, 2 processors live",
        ),
    ],
)
def test_stuck_says_why(reason: StuckReason, said: str):
    assert words(replace(STUCK, reason=reason)) == said


def test_an_onset_of_another_day_has_a_date():
    assert onset(AT, AT.replace(hour=23)) == "11:35"
    assert onset(AT, AT.replace(day=13, hour=12)) == "Sep 12"
    assert onset(AT, AT.replace(day=9, hour=12)) == "Sep 12", "the end of a hold"
