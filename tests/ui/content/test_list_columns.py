"""Rows of the lists: what their columns say, and which columns are left out."""

from datetime import UTC

import pytest

from sq_console.model import JobState, JobSummary
from sq_console.ui.content.lines import Tone, text_of, width_of
from sq_console.ui.content.list_columns import (
    RowContext,
    choose_columns,
    job_line,
    request_line,
    retries_text,
    title_line,
)
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.panes import LISTS, Pane
from tests.ui.jobs import NOW, ago, summary

CONTEXT = RowContext(NOW, Clock(lambda: NOW, UTC))


def row_text(pane: Pane, width: int = 100, **values: object) -> str:
    one = summary(**values)
    return text_of(job_line(choose_columns(pane, width, [one]), one, CONTEXT, width))


@pytest.mark.parametrize("pane", LISTS)
@pytest.mark.parametrize("width", [8, 30, 56, 77, 117, 197])
def test_rows_and_titles_are_exactly_as_wide_as_the_list(pane: Pane, width: int):
    one = summary(url="http://日本.example/" + "ü" * 300, last_error="e" * 200)
    chosen = choose_columns(pane, width, [one])

    assert width_of(job_line(chosen, one, CONTEXT, width)) == width
    if width >= 56:
        assert width_of(title_line(chosen)) == width


def test_a_url_is_cut_in_its_middle():
    line = text_of(
        request_line(summary(url="http://a.example/" + "x" * 90 + "/end"), 40)
    )
    assert line.startswith("POST   a.example/")
    assert line.endswith("/end")
    assert "…" in line


def test_https_and_credentials_in_a_url():
    line = text_of(request_line(summary(url="https://u:secret@a.example/x"), 60))
    assert line == "POST   https://***@a.example/x"


def test_pending_jobs_say_when_they_are_due():
    assert " now " in row_text(Pane.PENDING, run_at=NOW)
    assert " 2m late " in row_text(Pane.PENDING, run_at=ago(130))
    assert " in 43s " in row_text(Pane.PENDING, run_at=ago(-43))


def test_running_jobs_show_their_time_and_their_timeout():
    assert " 41s/60s " in row_text(Pane.RUNNING, last_started_at=ago(41))
    assert " killing " in row_text(
        Pane.RUNNING, last_started_at=ago(41), kill_requested_at=NOW
    )


def test_the_error_of_a_failed_job_has_its_tone():
    one = summary(state=JobState.FAILED, last_error="http 500", last_finished_at=ago(9))
    line = job_line(choose_columns(Pane.FAILED, 100, [one]), one, CONTEXT, 100)
    assert next(span for span in line if "http 500" in span.text).tone is Tone.BAD


@pytest.mark.parametrize(
    ("state", "remaining", "result", "shown"),
    [
        (JobState.PENDING, 5, None, ""),
        (JobState.PENDING, 5, 2, "1/5"),
        (JobState.RUNNING, 4, 2, "1/5"),
        (JobState.FAILED, 0, 2, "5/5"),
        (JobState.FAILED, 5, 1, ""),
        (JobState.PENDING, 9, None, ""),
    ],
)
def test_retries_are_counted_as_people_count(
    state: JobState, remaining: int, result: int | None, shown: str
):
    one = summary(
        state=state, remaining_retries=remaining, max_retries=5, result_code=result
    )
    assert retries_text(one) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({}, "  9s "),
        ({"state": JobState.KILLED}, "  9s "),
        ({"state": JobState.KILLED, "last_started_at": None}, "  - "),
        ({"state": JobState.KILLED, "run_at": ago(-51)}, "  - "),
        ({"state": JobState.KILLED, "last_started_at": ago(3_609)}, "  - "),
    ],
    ids=["succeeded", "running", "never called", "waiting for a retry", "released"],
)
def test_a_job_killed_while_pending_has_no_duration(
    values: dict[str, object], shown: str
):
    ended = {"last_started_at": ago(18), "last_finished_at": ago(9)}
    base = {"state": JobState.SUCCEEDED, "attempts": 2, **ended}
    assert shown in row_text(Pane.DONE, **{**base, **values})


def test_a_column_that_no_job_needs_is_not_shown():
    def titles(*jobs: JobSummary) -> str:
        return text_of(title_line(choose_columns(Pane.FAILED, 117, jobs)))

    assert "ORG" not in titles(summary())
    assert "ORG" in titles(summary(), summary(organization_id=3))
