"""The header's two lines: what they name, what they drop, what they colour."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from sq_console.model import Minute
from sq_console.ui.content.header import header_lines, recent_failures, throughput
from sq_console.ui.content.lines import Tone, text_of, width_of
from sq_console.ui.state.console_status import Outage
from tests.ui.content.examples import CLOCK, console_status, processor_status
from tests.ui.jobs import NOW, ago, vitals


def header_texts(width: int = 100, **values: object) -> tuple[str, str]:
    first, second = header_lines(console_status(**values), CLOCK, width)
    return text_of(first), text_of(second)


def test_it_names_database_processor_and_time():
    first, second = header_texts(status=processor_status())

    assert "app@db1:3306/jobs" in first
    assert " RUNNING 4/50 " in first
    assert "+1 elsewhere" in first
    assert "02:00:30 UTC" in first
    for words in ("due 1,204", "running 4", "failed 17", "oldest due 2m"):
        assert words in second


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_it_fits_any_width(width: int):
    for line in header_lines(
        console_status(demo=True, status=processor_status()), CLOCK, width
    ):
        assert width_of(line) <= width


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_an_unverified_link_is_marked_at_any_width(width: int):
    many = vitals(due=10_001, waiting=10_001, running=10_000, failed=10_001, killed=9)
    exposed = replace(many, is_exposed=True)

    first, second = header_texts(width, vitals=exposed, lost=Outage(NOW, "why", NOW))

    assert "db link not verified" in second
    assert max(len(first), len(second)) <= width
    assert ("failed 10,000+" in second) == (width >= 60)


def test_a_verified_link_is_not_mentioned():
    assert "link" not in "".join(header_texts(200))


def test_the_least_important_figures_are_dropped_first():
    narrow, wide = header_texts(60)[1], header_texts(160)[1]

    assert "failed 17" in narrow
    assert "due 1,204" in narrow
    assert "done" not in narrow
    assert "done 0" in wide
    assert "failing" in wide


def test_a_count_at_its_cap_has_a_plus():
    assert "due 10,000+" in header_texts(vitals=vitals(due=10_001))[1]


def test_only_a_figure_that_is_wrong_has_a_tone():
    def tone(**counts: object) -> Tone:
        _, second = header_lines(console_status(vitals=vitals(**counts)), CLOCK, 160)
        return next(
            after.tone for before, after in pairwise(second) if before.text == "failed "
        )

    assert tone(failed=0) is Tone.PLAIN
    assert tone(failed=1) is Tone.BAD


def test_old_rows_are_called_old():
    assert "02:00:10 UTC, 20s old" in header_texts(read_at=ago(20))[0]


def minute(back: int, succeeded: int = 0, failed: int = 0) -> Minute:
    start = NOW.replace(second=0) - timedelta(minutes=back)
    return Minute(start, succeeded, failed, 0, 0, 0, 0)


def test_throughput_is_a_sliding_minute():
    recent = vitals(minutes=(minute(1, 100), minute(0, 30)))

    per_minute, past = throughput(recent)  # half of this minute is over

    assert per_minute == 30 + 50
    assert past[-1] == 100
    assert len(past) == 15


def test_failures_are_those_of_the_last_minutes():
    recent = vitals(minutes=(minute(9, 0, 500), minute(1, 90, 10), minute(0)))
    assert recent_failures(recent) == (10, 100)
