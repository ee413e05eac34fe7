"""What an edit begins with, for the form, the verb and the log alike."""

from dataclasses import replace

import pytest

from sq_console.model import Job, JobState, NewJob
from sq_console.rules.drafts import all_retries, draft_of
from tests.ui.jobs import job


@pytest.mark.parametrize(
    ("attempts", "max_retries", "remaining_retries", "begins_with"),
    [
        # Never called: it is changed in place, and keeps what it has.
        (0, None, 5, 5),
        (0, None, 0, 0),
        (0, 3, 5, 5),
        # Called: a new job, with all of its retries.
        (1, 5, 5, 5),
        (4, 3, 0, 3),
        (1, 0, 0, 0),
        # Called before `max_retries` was remembered: the table's default.
        (1, None, 0, 5),
        (1, None, 4, 5),
    ],
)
def test_a_job_never_called_keeps_its_retries_and_a_called_one_gets_all_again(
    attempts: int, max_retries: int | None, remaining_retries: int, begins_with: int
) -> None:
    old = replace(
        job(state=JobState.FAILED if attempts else JobState.PENDING),
        attempts=attempts,
        max_retries=max_retries,
        remaining_retries=remaining_retries,
    )

    assert draft_of(old).remaining_retries == begins_with


def test_everything_else_that_an_edit_may_change_is_the_jobs_own() -> None:
    old: Job = job(
        http_method="PUT",
        url="http://a.example.com/",
        body=b"\xff",
        headers='{"A": "b"}',
        timeout_secs=7,
        remaining_retries=3,
        retry_delay_secs=11,
        priority=-2,
        organization_id=9,
        attempts=0,
    )

    assert draft_of(old) == NewJob(
        "PUT",
        "http://a.example.com/",
        body=b"\xff",
        headers='{"A": "b"}',
        timeout_secs=7,
        remaining_retries=3,
        retry_delay_secs=11,
        priority=-2,
        organization_id=9,
    )


@pytest.mark.parametrize(("max_retries", "given"), [(None, 5), (0, 0), (7, 7)])
def test_retries_that_no_claim_remembered_are_the_tables_default(
    max_retries: int | None, given: int
) -> None:
    assert all_retries(max_retries) == given
