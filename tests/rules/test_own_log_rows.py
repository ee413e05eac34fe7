"""Which rows of a log are about this job, and which about an older one of its id."""

from datetime import datetime, timedelta

import pytest

from sq_console.model import LogEntry
from sq_console.rules.contract import log_of_this_job
from tests.ui.jobs import NOW, ago, job


def row(created_at: datetime | None) -> LogEntry:
    return LogEntry(1, 7, "", created_at, 1, "called", None, None, None, None)


@pytest.mark.parametrize(
    ("made", "started", "kept"),
    [
        (ago(50), ago(40), [ago(40)]),
        (ago(50), None, [ago(40)]),
        (None, ago(40), [ago(60), ago(40)]),
        (ago(10), ago(40), [ago(60), ago(40)]),
    ],
    ids=["older rows", "never called", "no time", "made after it was called"],
)
def test_rows_older_than_the_job_are_not_its_own(
    made: datetime | None, started: datetime | None, kept: list[datetime]
) -> None:
    log = [row(ago(60)), row(ago(40))]

    found = log_of_this_job(job(created_at=made, last_started_at=started), log)

    assert [entry.created_at for entry in found] == kept


def test_a_row_of_the_same_second_is_its_own() -> None:
    made = NOW.replace(microsecond=0) + timedelta(milliseconds=700)
    same = row(made.replace(microsecond=0))

    assert log_of_this_job(job(created_at=made), [same, row(None)]) == [same, row(None)]
