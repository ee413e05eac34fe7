"""Banners: which apply, in which order, and what each says."""

from datetime import timedelta

import pytest

from sq_console.model import ProcessorState
from sq_console.ui.content.frame.banners import banner_lines
from sq_console.ui.content.lines import text_of, width_of
from sq_console.ui.state.console_status import Outage
from tests.ui.content.examples import CLOCK, console_status, processor_status
from tests.ui.jobs import NOW, ago


def banner_texts(width: int = 120, **values: object) -> list[str]:
    return [
        text_of(line) for line in banner_lines(console_status(**values), CLOCK, width)
    ]


def test_there_is_no_banner_when_nothing_is_wrong():
    assert banner_texts(status=processor_status()) == []


def test_the_banner_of_a_lost_database_is_the_first():
    outage = Outage(ago(12), "connection refused", NOW + timedelta(seconds=4))
    paused = processor_status(ProcessorState.PAUSED, why_paused="by eve@web1")

    first, second = banner_texts(lost=outage, read_at=ago(12), status=paused)

    assert first.startswith(" DATABASE LOST for 12s, rows are from 02:00:18")
    assert "next try in 4s (ctrl+r: now): connection refused" in first
    assert second.startswith(" PROCESSOR PAUSED: by eve@web1 - P resumes")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frozen_since": ago(5)}, "DISPLAY PAUSED at 02:00:25, jobs still run"),
        ({"error": "no such table"}, "PROCESSOR ENDED: no such table"),
        (
            {"status": processor_status(trouble="gone away")},
            "WITHOUT DATABASE: gone away",
        ),
        (
            {"status": processor_status(ProcessorState.DRAINING), "leaving": True},
            "DRAINING, 4 calls to end",
        ),
    ],
)
def test_each_fault_has_its_banner(values: dict[str, object], words: str):
    (only,) = banner_texts(**values)
    assert words in only


def test_banners_fill_the_line():
    line, *_ = banner_lines(console_status(frozen_since=NOW), CLOCK, 80)
    assert width_of(line) == 80
    assert text_of(line).rstrip().endswith("p goes on")


def test_a_processor_that_defers_to_others_has_no_banner():
    why = "another processor is alive: web2:4711"
    paused = processor_status(ProcessorState.PAUSED, why_paused=why)
    assert banner_texts(status=paused) == []
