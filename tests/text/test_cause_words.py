"""Causes in words: what people read in a list, and paste into a ticket."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model import (
    Cause,
    CauseContext,
    CauseKey,
    CauseSample,
    CausesReading,
    FailedJob,
)
from sq_console.rules.causes import group
from sq_console.text.cause_words import (
    before_text,
    cause_markdown,
    cause_place,
    cause_text,
    counts_text,
    ongoing_text,
    organisations_text,
    window_text,
)
from tests.hostile_text import CORPUS
from tests.ui.jobs import summary

NOW = datetime(2026, 9, 12, 12, 7, 12, tzinfo=UTC)
KEY = CauseKey("shop.example.com", "/v#/orders", "404", "no route for #")


def cause(key: CauseKey = KEY, failed: int = 2, waiting: int = 0) -> Cause:
    jobs = [
        FailedJob(n, key, NOW - timedelta(seconds=60 + n), n % 9 or None, n < waiting)
        for n in range(failed + waiting)
    ]
    (made,) = group(jobs, NOW)
    return made


def at(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}"


def test_a_cause_is_named_by_its_kind_and_what_was_answered():
    assert cause_text(KEY) == "404 no route for #"
    assert cause_place(KEY) == "shop.example.com/v#/orders"
    assert cause_text(CauseKey("", "/", "timeout", "")) == "timeout"
    assert cause_place(CauseKey("", "/x", "bad url", "")) == "no host/x"


@pytest.mark.parametrize(
    ("failed", "waiting", "words"),
    [
        (1, 0, "1 job"),
        (2_014, 0, "2,014 jobs"),
        (1, 1, "2 jobs, 1 of them waits for a retry"),
        (1, 2, "3 jobs, 2 of them wait for a retry"),
        (0, 2, "2 jobs, waiting for a retry"),
    ],
)
def test_its_jobs_are_counted(failed: int, waiting: int, words: str):
    assert counts_text(cause(failed=failed, waiting=waiting)) == words


def test_it_goes_on_or_is_over():
    assert ongoing_text(cause(), NOW) == "goes on, 1m"
    (over,) = group([FailedJob(1, KEY, NOW - timedelta(hours=2), 1, False)], NOW)
    assert ongoing_text(over, NOW) == "over, 2h"


def test_the_window_is_said():
    whole = CausesReading((), 12, False, None, NOW)
    cut = CausesReading((), 20_000, True, NOW, NOW)

    assert window_text(whole) == "over all 12 jobs"
    assert window_text(cut) == "over the newest 20,000 jobs"


@pytest.mark.parametrize(
    ("succeeded", "last", "words"),
    [
        (1_203, NOW, "before it: 1,203 answered 200, the last at 12:07:12"),
        (10_001, NOW, "before it: 10,000+ answered 200, the last at 12:07:12"),
        (0, NOW, "before it: none answered 200 for an hour, the last at 12:07:12"),
        (0, None, "before it: no answer of 200 is known"),
    ],
)
def test_what_was_answered_before_is_said(succeeded, last, words: str):
    assert before_text(CauseContext(succeeded, last, 0), at) == words


def test_few_organisations_are_named():
    assert organisations_text(cause(failed=3)) == "none: 1  1: 1  2: 1"
    assert organisations_text(cause(failed=20), most=2).endswith("  and 7 more")


def test_a_page_for_a_ticket_has_its_secrets_masked():
    url = "http://eve:pw@shop.example.com/v1/orders?token=s3cret"
    job = summary(id=7, url=url, last_finished_at=NOW)
    samples = [CauseSample(job, '{"password": "hunter2"}')]
    context = CauseContext(5, NOW, 600)

    text = cause_markdown(cause(), NOW, context, samples, at)

    assert text.startswith("**`404 no route for #`** from `shop.example.com/v#/orders`")
    assert "- 600 pending at this host" in text
    assert (
        "| 7 | 12:07:12 | `http://***@shop.example.com/v1/orders?token=***` |" in text
    )
    assert not any(secret in text for secret in ("s3cret", "hunter2", "pw@"))


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_text_stays_in_its_cell(name: str):
    text = f"`|{CORPUS[name]}`|\n# heading"
    key = CauseKey(text, text, text, text)
    job = summary(url=text, host=text, last_finished_at=None)

    page = cause_markdown(cause(key), NOW, None, [CauseSample(job, text)], at)

    assert "\x1b" not in page
    (row,) = [line for line in page.splitlines() if line.startswith("| 7 ")]
    assert row.count("|") == 5
    assert not any(line.startswith("#") for line in page.splitlines())
