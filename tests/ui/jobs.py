"""Jobs as values, for what is decided without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sq_console.model import (
    Counts,
    HealthReading,
    HeldJobs,
    Job,
    JobState,
    JobSummary,
    Minute,
    OldestDue,
    ProcessorRow,
)
from sq_console.rules.verdict import verdict_of
from sq_console.ui.state.screen_data import Vitals

NOW = datetime(2026, 9, 12, 2, 0, 30, tzinfo=UTC)


def ago(secs: float) -> datetime:
    return NOW - timedelta(seconds=secs)


_SUMMARY: dict[str, Any] = {
    "id": 7,
    "state": JobState.PENDING,
    "http_method": "post",
    "url": "http://api.example.com/v1/orders/8812/notify",
    "host": "api.example.com",
    "organization_id": None,
    "priority": 0,
    "attempts": 0,
    "remaining_retries": 5,
    "max_retries": None,
    "timeout_secs": 60,
    "retry_delay_secs": 60,
    "created_at": ago(100),
    "run_at": ago(90),
    "last_started_at": None,
    "last_finished_at": None,
    "result_code": None,
    "last_status_code": None,
    "last_error": None,
    "claimed_by": None,
    "processor": None,
    "kill_requested_at": None,
    "requeued_from": None,
}
_REST: dict[str, Any] = {
    "body": None,
    "headers": None,
    "last_response": None,
    "kill_requested_by": None,
    "rescues": 0,
}


def summary(**values: Any) -> JobSummary:
    return JobSummary(**{**_SUMMARY, **values})


def job(**values: Any) -> Job:
    return Job(**{**_SUMMARY, **_REST, **values})


def processor(state: str = "running", *, alive: bool = True) -> ProcessorRow:
    return ProcessorRow(1, "web2:4711", "1", ago(9), 1.0, 50, 4, state, "run", alive)


def vitals(
    minutes: tuple[Minute, ...] = (),
    processors: tuple[ProcessorRow, ...] = (processor(),),
    held: tuple[HeldJobs, ...] = (),
    **counts: Any,
) -> Vitals:
    numbers = dict.fromkeys(
        ("due", "waiting", "running", "succeeded", "failed", "killed"), 0
    )
    times = {"oldest_due_at": None, "now": NOW}
    made = Counts(**{**numbers, **times, **counts})
    oldest = made.oldest_due_at and OldestDue(made.oldest_due_at, "api.example.com")
    reading = HealthReading(made, minutes, processors, held, oldest)
    verdict = verdict_of(reading)
    return Vitals(
        made, minutes, processors, held=held, oldest_due=oldest, verdict=verdict
    )
