"""The page of a job, and why it is or is not running."""

from datetime import UTC

import pytest

from sq_console.model import Job, JobState, LogEntry
from sq_console.ui.content.curl import as_curl
from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.content.lines import text_of
from sq_console.ui.content.state_explanation import explain_state
from sq_console.ui.state.clock import Clock
from tests.ui.jobs import NOW, ago, job, processor, vitals

CLOCK = Clock(lambda: NOW, UTC)
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
def test_why(values: dict[str, object], words: str):
    assert words in text_of(explain_state(job(**values), vitals()))


def test_why_a_due_job_waits_when_nobody_takes_it():
    due = job(run_at=ago(200))
    assert "no processor is alive" in text_of(explain_state(due, vitals(processors=())))
    paused = vitals(processors=(processor("paused"),))
    assert "every processor is paused" in text_of(explain_state(due, paused))


def entry(log_id: int, attempt: int | None, event: str, **values: object) -> LogEntry:
    base = {
        "id": log_id,
        "job_id": 7,
        "msg": f"[JOBID 7] Job {event}: words {log_id}",
        "created_at": ago(100 - log_id),
        "attempt": attempt,
        "event": event,
        "status_code": None,
        "duration_ms": None,
        "processor": "web2:4711" if attempt else None,
        "actor": None,
    }
    return LogEntry(**{**base, **values})  # type: ignore[arg-type]


def page(one: Job, *log: LogEntry, width: int = 100) -> list[str]:
    return [text_of(line) for line in job_detail_lines(one, log, CLOCK, width)]


def test_every_attempt_is_a_line_with_status_time_and_outcome():
    told = page(
        job(attempts=3),
        entry(1, 1, "called"),
        entry(2, 1, "failed_temporarily", status_code=503, duration_ms=2_410),
        entry(3, 2, "called"),
        entry(4, 2, "timed_out", duration_ms=60_000),
        entry(5, 3, "called"),
    )
    first, second, third = attempts_of(told)
    assert first.split()[:4] == ["1", "01:58:51", "503", "2.41s"]
    assert "words 2" in first
    assert first.endswith("on web2:4711")
    assert second.split()[:3] == ["2", "01:58:53", "60.00s"]
    assert "no outcome in the log" in third


def attempts_of(told: list[str]) -> list[str]:
    """The lines below the titles of the table."""
    start = next(i for i, line in enumerate(told) if line.startswith("ATTEMPTS"))
    return told[start + 2 : told.index("", start)]


def test_the_attempt_under_way_is_among_them_before_its_outcome_is_written():
    running = job(attempts=2, **RUNNING)
    _, second = attempts_of(page(running, entry(1, 1, "timed_out")))
    assert second.split()[:4] == ["2", "02:00:27", "being", "called"]
    assert second.endswith("on web2:4711")

    (only,) = attempts_of(page(job(attempts=1, kill_requested_at=NOW, **RUNNING)))
    assert "being called, kill asked for" in only


def test_an_attempt_given_back_is_among_them():
    given = "[JOBID 7] Job released: the processor is stopping"
    told = page(job(attempts=3), entry(1, 2, "released", msg=given))
    (only,) = attempts_of(told)
    assert only.split()[:2] == ["2", "--:--:--"]
    assert "released: the processor is stopping" in only
    assert "ATTEMPTS  3, 2 of them not in the log" in told
    assert "ATTEMPTS  4, not in the log" in page(job(attempts=4))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "retries  0/5, 60 s apart"),
        ({"retry_delay_secs": -5}, "retries  0/5, at once"),
        ({"remaining_retries": 0}, "retries  none"),
        ({"remaining_retries": -3}, "retries  none"),
        ({"timeout_secs": 90}, "timeout  90 s for the whole call"),
        ({"timeout_secs": -5}, "timeout  1 s, the row says -5"),
    ],
)
def test_odd_figures_are_told_as_what_they_count(values: dict[str, object], words: str):
    assert any(words in line for line in page(job(**values)))


def test_the_log_stands_in_the_order_in_which_it_happened():
    told = page(
        job(attempts=1),
        entry(1, None, "kill_requested", created_at=ago(20)),
        entry(2, 1, "called", created_at=ago(30)),
    )

    assert [line[-1] for line in told[told.index("LOG  2 lines") + 1 :]] == ["2", "1"]


def test_json_is_spread_out_and_other_text_is_not():
    told = page(job(body=b'{"a":[1,2]}', last_response="plain\nwords"))

    assert "BODY  11 bytes, JSON" in told
    assert '    "a": [' in told
    assert "LAST ANSWER  11 bytes" in told
    assert "  plain" in told


def test_headers_that_are_no_object_are_shown_as_they_are():
    told = page(job(headers="[1, 2"))
    assert "HEADERS  not a JSON object" in told
    assert "[1, 2" in told


def test_long_texts_are_cut():
    told = page(job(body=b"x" * 1_000_000, url="http://a.example/" + "y" * 9_000))
    assert max(map(len, told)) < 66_000
    assert "BODY  976.6 KB" in told
    assert "URL  8.8 KB" in told
    assert len(told[0]) < 400


def test_times_name_their_zone():
    assert any("2026-09-12 01:59:00 UTC" in line for line in page(job()))


def test_curl_says_the_request_and_masks_what_is_secret():
    told = as_curl(
        job(
            url="https://u:secret@a.example/x?token=secret&page=2",
            headers='{"Authorization": "secret", "X-Trace": "7"}',
            body=b'{"api_key": "secret", "n": {"client_secret": "secret"}, "a": 1}',
            timeout_secs=9,
        )
    )
    assert "secret" not in told.replace("client_secret", "")
    assert told.startswith(
        "curl -i --globoff --proto =http,https -X POST --max-time 9"
        " -H 'Authorization: ***'"
    )
    assert "-H 'X-Trace: 7'" in told
    assert told.endswith("'https://***@a.example/x?token=***&page=2'")


def test_curl_sends_no_file_and_calls_one_url():
    told = as_curl(job(body=b"@/etc/passwd", url="http://a.example/[1-99]"))
    assert "--data-raw @/etc/passwd" in told
    assert "--globoff" in told
    assert as_curl(job(url="-K/tmp/evil")).endswith(" --url -K/tmp/evil")
    assert "--proto =http,https" in as_curl(job(url="file:///etc/passwd"))


def test_curl_masks_a_form():
    told = as_curl(job(body=b"user=eve&password=secret&page=2"))
    assert "'user=eve&password=***&page=2'" in told
