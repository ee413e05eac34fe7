"""The header at a glance."""

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise

import pytest

from sq_console.model import Minute, ProcessorState
from sq_console.processor.status import Status
from sq_console.ui.content.banners import banner_lines
from sq_console.ui.content.header import header_lines, recent_failures, throughput
from sq_console.ui.content.lines import Tone, text_of, width_of
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_status import ConsoleStatus, Outage
from tests.ui.jobs import NOW, ago, processor, vitals

CLOCK = Clock(lambda: NOW, UTC)


def status(state: ProcessorState = ProcessorState.RUNNING, **values: object) -> Status:
    base = {
        "state": state,
        "processor_id": 9,
        "name": "web1:1",
        "concurrency": 50,
        "in_flight": 4,
        "waiting": 0,
        "unrecorded": 0,
        "why_paused": None,
        "trouble": None,
        "called": 12,
    }
    return Status(**{**base, **values})  # type: ignore[arg-type]


def situation(**values: object) -> ConsoleStatus:
    base = {
        "label": "app@db1:3306/jobs",
        "now": NOW,
        "vitals": vitals(due=1_204, failed=17, running=4, oldest_due_at=ago(125)),
        "read_at": NOW,
    }
    return ConsoleStatus(**{**base, **values})  # type: ignore[arg-type]


def lines(width: int = 100, **values: object) -> tuple[str, str]:
    first, second = header_lines(situation(**values), CLOCK, width)
    return text_of(first), text_of(second)


def test_it_names_database_processor_and_time():
    first, second = lines(status=status())

    assert "app@db1:3306/jobs" in first
    assert " RUNNING 4/50 " in first
    assert "+1 elsewhere" in first
    assert "02:00:30 UTC" in first
    for words in ("due 1,204", "running 4", "failed 17", "oldest due 2m"):
        assert words in second


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_it_fits_any_width(width: int):
    for line in header_lines(situation(demo=True, status=status()), CLOCK, width):
        assert width_of(line) <= width


@pytest.mark.parametrize("width", [30, 60, 80, 120])
def test_a_link_that_is_not_verified_is_marked_whatever_else_is_to_be_said(width: int):
    many = vitals(due=10_001, waiting=10_001, running=10_000, failed=10_001, killed=9)
    exposed = replace(many, is_exposed=True)

    first, second = lines(width, vitals=exposed, lost=Outage(NOW, "why", NOW))

    assert "db link not verified" in second
    assert max(len(first), len(second)) <= width
    assert ("failed 10,000+" in second) == (width >= 60)


def test_a_link_that_is_verified_is_not_worth_a_word():
    assert "link" not in "".join(lines(200))


def test_the_least_telling_figures_go_first():
    narrow, wide = lines(60)[1], lines(160)[1]

    assert "failed 17" in narrow
    assert "due 1,204" in narrow
    assert "done" not in narrow
    assert "done 0" in wide
    assert "failing" in wide


def test_counts_beyond_what_is_counted_say_so():
    assert "due 10,000+" in lines(vitals=vitals(due=10_001))[1]


def test_what_is_wrong_has_a_tone_and_what_is_not_has_none():
    def tone(**counts: object) -> Tone:
        _, second = header_lines(situation(vitals=vitals(**counts)), CLOCK, 160)
        return next(
            after.tone for before, after in pairwise(second) if before.text == "failed "
        )

    assert tone(failed=0) is Tone.PLAIN
    assert tone(failed=1) is Tone.BAD


def test_old_rows_are_called_old():
    assert "02:00:10 UTC, 20s old" in lines(read_at=ago(20))[0]


def minute(back: int, succeeded: int = 0, failed: int = 0) -> Minute:
    start = NOW.replace(second=0) - timedelta(minutes=back)
    return Minute(start, succeeded, failed, 0, 0, 0, 0)


def test_throughput_is_a_sliding_minute():
    told = vitals(minutes=(minute(1, 100), minute(0, 30)))

    per_minute, past = throughput(told)  # half of this minute is over

    assert per_minute == 30 + 50
    assert past[-1] == 100
    assert len(past) == 15


def test_failures_are_those_of_the_last_minutes():
    told = vitals(minutes=(minute(9, 0, 500), minute(1, 90, 10), minute(0)))
    assert recent_failures(told) == (10, 100)


def told(width: int = 120, **values: object) -> list[str]:
    return [text_of(line) for line in banner_lines(situation(**values), CLOCK, width)]


def test_there_is_no_banner_when_nothing_is_wrong():
    assert told(status=status()) == []


def test_a_lost_database_is_told_first():
    lost = Outage(ago(12), "connection refused", NOW + timedelta(seconds=4))
    paused = status(ProcessorState.PAUSED, why_paused="by eve@web1")

    first, second = told(lost=lost, read_at=ago(12), status=paused)

    assert first.startswith(" DATABASE LOST for 12s, rows are from 02:00:18")
    assert "next try in 4s (ctrl+r: now): connection refused" in first
    assert second.startswith(" PROCESSOR PAUSED: by eve@web1 - P resumes")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frozen_since": ago(5)}, "DISPLAY PAUSED at 02:00:25, jobs still run"),
        ({"error": "no such table"}, "PROCESSOR ENDED: no such table"),
        ({"status": status(trouble="gone away")}, "WITHOUT DATABASE: gone away"),
        (
            {"status": status(ProcessorState.DRAINING), "leaving": True},
            "DRAINING, 4 calls to end",
        ),
        ({"vitals": vitals(due=3, processors=())}, "NO PROCESSOR IS ALIVE and 3 jobs"),
        (
            {"vitals": vitals(due=1, processors=(processor(alive=False),))},
            "NO PROCESSOR IS ALIVE",
        ),
    ],
)
def test_each_trouble_has_its_banner(values: dict[str, object], words: str):
    (only,) = told(**values)
    assert words in only


def test_banners_fill_the_line():
    line, *_ = banner_lines(situation(frozen_since=NOW), CLOCK, 80)
    assert width_of(line) == 80
    assert text_of(line).rstrip().endswith("p goes on")


def test_who_is_alive_is_not_told_while_the_database_is_lost():
    lost = Outage(ago(12), "gone away", NOW)
    (only,) = told(lost=lost, vitals=vitals(due=3, processors=()))
    assert "DATABASE LOST" in only
