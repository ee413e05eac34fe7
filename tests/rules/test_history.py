"""A job's history: its attempts, the order of its log, and which rows are its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from sq_console.model import JobState, LogEntry
from sq_console.rules.history import attempts_of, in_order_of_time, log_of_this_job
from tests.ui.jobs import NOW, ago, job

RUNNING = {"state": JobState.RUNNING, "last_started_at": ago(4), "claimed_by": 12}


def row(
    created_at: datetime | None,
    attempt: int | None = 1,
    event: str = "called",
    processor: str | None = None,
) -> LogEntry:
    return LogEntry(
        1, 7, "", created_at, attempt, event, None, None, processor, actor=None
    )


@pytest.mark.parametrize(
    ("values", "log", "expected"),
    [
        pytest.param({}, [], [], id="never claimed"),
        pytest.param(
            {"attempts": 1, "last_started_at": ago(62)},
            [row(ago(60)), row(ago(58), event="succeeded")],
            [(1, ago(62), "succeeded", False)],
            id="the claim began the latest attempt, not its call",
        ),
        pytest.param(
            {"attempts": 2, "last_started_at": ago(20)},
            [
                *(row(ago(60)), row(ago(58), event="failed_temporarily")),
                *(row(ago(19), 2), row(ago(9), 2, "timed_out")),
            ],
            [
                (1, ago(60), "failed_temporarily", False),
                (2, ago(20), "timed_out", False),
            ],
            id="an older attempt began with its call",
        ),
        pytest.param(
            {"attempts": 1, "last_started_at": None},
            [row(ago(60)), row(ago(58), event="failed")],
            [(1, ago(60), "failed", False)],
            id="a row without a start",
        ),
        pytest.param(
            {"attempts": 2, **RUNNING},
            [row(ago(60)), row(ago(58), event="rescued")],
            [(1, ago(60), "rescued", False), (2, ago(4), None, True)],
            id="the attempt under way has no rows yet",
        ),
        pytest.param(
            {"attempts": 3},
            [row(ago(50), 2, "released")],
            [(2, None, "released", False)],
            id="released without a call, others pruned",
        ),
        pytest.param(
            {"attempts": 1},
            [row(ago(50))],
            [(1, ago(50), None, False)],
            id="an outcome that was pruned or never written",
        ),
        pytest.param(
            {"attempts": 1},
            [
                row(ago(60)),
                row(ago(58), event="released"),
                row(ago(57), event="killed"),
            ],
            [(1, ago(60), "killed", False)],
            id="the last outcome counts",
        ),
        pytest.param(
            {},
            [row(ago(60), None, "enqueued"), row(ago(50), 0, "killed")],
            [],
            id="rows of no attempt",
        ),
    ],
)
def test_attempts_are_found_in_the_row_and_its_log(
    values: dict[str, Any],
    log: Sequence[LogEntry],
    expected: list[tuple[int, datetime | None, str | None, bool]],
) -> None:
    found = attempts_of(job(**values), log)

    assert [
        (
            attempt.number,
            attempt.started_at,
            attempt.outcome and attempt.outcome.event,
            attempt.is_running,
        )
        for attempt in found
    ] == expected


@pytest.mark.parametrize(
    ("values", "logged", "expected"),
    [
        ({**RUNNING, "processor": "web2:4711"}, None, "web2:4711"),
        ({**RUNNING, "processor": "web2:4711"}, "web1:4711", "web2:4711"),
        (RUNNING, None, "12"),
        ({"last_started_at": ago(60)}, "web1:4711", "web1:4711"),
        ({"last_started_at": ago(60)}, None, None),
    ],
    ids=["claimed", "claimed anew", "not in the table", "ended", "pruned"],
)
def test_an_attempt_names_its_processor(
    values: dict[str, Any], logged: str | None, expected: str | None
) -> None:
    (attempt,) = attempts_of(job(attempts=1, **values), [row(ago(60), 1, "x", logged)])

    assert attempt.processor == expected


def test_a_log_is_put_in_the_order_in_which_it_happened() -> None:
    asked, called, ended = row(ago(60)), row(ago(90)), row(ago(30))
    undated = row(None)

    assert in_order_of_time([asked, called, ended, undated]) == [
        *(undated, called, asked, ended)
    ]


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
