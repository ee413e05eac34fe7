"""What the log can be filtered by, and what it refuses."""

from dataclasses import fields

import pytest

from sq_console.model import JobFilter, JobState, LogEntry, LogEvent
from sq_console.rules.log_filter import (
    JobPlace,
    is_call_begun,
    is_failure,
    log_filter_of,
)

SHOP = JobPlace("shop.example:18080", 12)


def entry(msg: str = "Job failed permanently: no route", **values: object) -> LogEntry:
    made: dict[str, object] = {
        "id": 1,
        "job_id": 7,
        "created_at": None,
        "attempt": 1,
        "event": LogEvent.FAILED.value,
        "status_code": 404,
        "duration_ms": 12,
        "processor": None,
        "actor": None,
    }
    return LogEntry(msg=f"[JOBID 7] {msg}", **(made | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (JobFilter(host="shop.example:18080"), True),
        (JobFilter(host="shop.example"), False),
        (JobFilter(organization_id=12), True),
        (JobFilter(organization_id=13), False),
        (JobFilter(job_id=7), True),
        (JobFilter(job_id=8), False),
        (JobFilter(last_status_code=404), True),
        (JobFilter(status_class=5), False),
        (JobFilter(state=JobState.FAILED), True),
        (JobFilter(state=JobState.SUCCEEDED), False),
        (JobFilter(text="failed"), True),
        (JobFilter(text="NO ROUTE"), True),
        (JobFilter(text="shop.ex"), True),
        (JobFilter(text="no route", host="mail.example"), False),
        (None, True),
    ],
)
def test_each_term_narrows_the_log(wanted: JobFilter | None, fits: bool):
    assert log_filter_of(wanted).fits(entry(), SHOP) is fits


def test_a_row_of_a_job_that_is_gone_has_no_host():
    assert not log_filter_of(JobFilter(host="shop.example:18080")).fits(entry(), None)
    assert log_filter_of(JobFilter(text="no route")).fits(entry(), None)


def test_failed_alone_means_failures_and_no_word():
    said = entry("Job succeeded: 3 have failed", event="succeeded", status_code=200)

    assert not log_filter_of(JobFilter(text="failed")).fits(said, SHOP)


@pytest.mark.parametrize(
    "name",
    sorted(
        {field.name for field in fields(JobFilter)}
        - {"job_id", "host", "organization_id", "text", "state"}
        - {"last_status_code", "status_class"}
    ),
)
def test_what_the_log_cannot_do_is_refused(name: str):
    with pytest.raises(ValueError, match="the log is not filtered by that"):
        log_filter_of(JobFilter(**{name: 1}))  # type: ignore[arg-type]


def test_a_state_that_no_call_ends_in_is_refused():
    with pytest.raises(ValueError, match="state:pending is no outcome of a call"):
        log_filter_of(JobFilter(state=JobState.PENDING))


@pytest.mark.parametrize(
    ("event", "msg", "failed"),
    [
        ("failed", "", True),
        ("failed_temporarily", "", True),
        ("timed_out", "", True),
        ("killed", "", False),
        ("succeeded", "", False),
        (None, "Job failed due to timeout", True),
        (None, "Job succeeded: all that failed", False),
    ],
)
def test_a_failure_is_known_with_and_without_its_event(
    event: str | None, msg: str, failed: bool
):
    assert is_failure(entry(msg, event=event)) is failed


def test_the_begin_of_a_call_is_known_with_and_without_its_event():
    assert is_call_begun(entry("Calling job with method post", event=None))
    assert is_call_begun(entry("anything", event="called"))
    assert not is_call_begun(entry("Job succeeded: Calling job", event=None))
