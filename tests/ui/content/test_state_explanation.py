"""The state of a job in words, and why it is or is not running."""

from dataclasses import replace

import pytest

from sq_console.model import HOLD_ALL, Hold, JobState
from sq_console.ui.content.lines import text_of
from sq_console.ui.content.state_explanation import explain_state
from tests.ui.content.examples import CLOCK
from tests.ui.jobs import NOW, ago, job, processor, vitals

FAILED = {"state": JobState.FAILED, "last_finished_at": ago(12), "attempts": 1}
RUNNING = {
    "state": JobState.RUNNING,
    "last_started_at": ago(3),
    "processor": "web2:4711",
}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"run_at": ago(-43)}, "due in 43 s"),
        ({"run_at": ago(5)}, "due for 5 s, waiting for a free slot"),
        (
            {"run_at": ago(-12), "result_code": 2, "max_retries": 5},
            "waiting for retry 1 of 5 in 12 s",
        ),
        (
            {
                "run_at": ago(-12),
                "result_code": 2,
                "max_retries": 5,
                "remaining_retries": 4,
            },
            "waiting for retry 2 of 5 in 12 s",
        ),
        (RUNNING, "running on web2:4711 for 3 s, times out in 57 s"),
        (
            {**RUNNING, "kill_requested_at": NOW, "kill_requested_by": "eve@web1"},
            "times out in 57 s; kill asked by eve@web1",
        ),
        ({**RUNNING, "last_started_at": ago(70)}, "for 70 s, its time is up"),
        ({**RUNNING, "timeout_secs": -9}, "for 3 s, its time is up"),
        (
            {**FAILED, "last_error": "http 503", "result_code": 2, "attempts": 6}
            | {"remaining_retries": 0},
            "failed: http 503, 0 retries left; 12 s ago, after 6 attempts",
        ),
        (
            {**FAILED, "last_error": "timeout", "result_code": 2}
            | {"remaining_retries": -3},
            "failed: timeout, 0 retries left",
        ),
        (
            {**FAILED, "last_error": "http 404", "result_code": 1},
            "failed: http 404, which is not retried; 12 s ago, after 1 attempt",
        ),
        (
            {**FAILED, "state": JobState.KILLED, "kill_requested_by": "eve@web1"},
            "killed by eve@web1 12 s ago, after 1 attempt",
        ),
        (
            {**FAILED, "state": JobState.SUCCEEDED},
            "succeeded 12 s ago, after 1 attempt",
        ),
    ],
)
def test_a_state_and_its_reason(values: dict[str, object], words: str):
    assert words in text_of(explain_state(job(**values), vitals()))


def test_a_due_job_that_no_processor_will_claim_says_so():
    due = job(run_at=ago(200))
    assert "no processor is alive" in text_of(explain_state(due, vitals(processors=())))
    paused = vitals(processors=(processor("paused"),))
    assert "every processor is paused" in text_of(explain_state(due, paused))


HELD = Hold("api.example.com", "anna@web1", "ticket 42", ago(900), ago(-3_600))


def held(values: dict[str, object], *holds: Hold) -> str:
    known = replace(vitals(), holds=holds)
    return text_of(explain_state(job(**values), known, CLOCK))


def test_a_held_job_says_who_holds_it_since_when_why_and_until_when():
    why = "held since 01:45 by anna@web1, until 03:00: ticket 42"

    assert held({"run_at": ago(5)}, HELD) == f"due for 5 s, {why}"
    assert held({"run_at": ago(-43)}, HELD) == f"due in 43 s; {why}"
    everything = replace(HELD, host=HOLD_ALL, why="", expires_at=None)
    assert held({"run_at": ago(5)}, everything).endswith(
        "everything is held since 01:45 by anna@web1"
    )
    assert "held" not in held({"run_at": ago(5)}, replace(HELD, host="other.example"))
    assert "held" not in held(FAILED, HELD)


def test_a_job_that_waits_for_a_slot_says_how_many_are_busy():
    due = job(run_at=ago(5))

    full = explain_state(due, vitals(running=50), host_cap=45)
    some = explain_state(due, vitals(running=45), host_cap=45)

    assert text_of(full).endswith("waiting for a free slot: 50 of 50 are busy")
    assert text_of(some).endswith(
        "45 of 50 are busy, a host has at most 45 of each processor's"
    )
