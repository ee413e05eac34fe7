"""The page of a cause: a moment of another day has its date, not a time of today."""

from datetime import timedelta

from sq_console.model import Cause, CauseContext, CauseKey, CauseSample
from sq_console.ui.content.failures.cause_page import cause_fact_lines, sample_line
from sq_console.ui.content.lines import text_of
from tests.ui.content.examples import CLOCK
from tests.ui.jobs import NOW, job

THREE_DAYS_AGO = NOW - timedelta(days=3)
DAY = f"{THREE_DAYS_AGO:%b %d}"
OLD = Cause(
    key=CauseKey("shop.example", "/v1", "404", "no route"),
    since=THREE_DAYS_AGO,
    last=NOW,
    jobs=3,
    failed=3,
    waiting=0,
    organisations=(),
    trend=(0,) * 12,
    goes_on=True,
    is_new=False,
    samples=(),
)


def test_a_cause_of_another_day_has_the_date_of_its_onset():
    context = CauseContext(pending=0, succeeded_before=30, last_success=THREE_DAYS_AGO)
    lines = cause_fact_lines(OLD, (1, 1), NOW, CLOCK, context, "POST", 100)
    said = next(text for text in map(text_of, lines) if "before it" in text)
    assert said.split() == ["since", *DAY.split(), *said.split()[3:]]
    assert said.endswith(f"30 answered 200, the last at {DAY}")


def test_a_job_that_ended_on_another_day_has_its_date():
    ended = job(last_finished_at=THREE_DAYS_AGO, last_started_at=THREE_DAYS_AGO)
    sample = CauseSample(ended, "no route")
    assert f" {DAY} " in text_of(sample_line(sample, NOW, CLOCK, 80))
