"""Responses and errors, as the outcomes that are recorded."""

import pytest

from sq_console.model import LogEvent, LogLine, Outcome, ResultCode
from sq_console.processor.http import outcomes
from sq_console.processor.http.call_errors import CallError
from sq_console.processor.http.prepared_request import Sent
from sq_console.processor.http.response import Response
from tests.processor.claimed_jobs import claimed, last_msg, notes

JOB = claimed("http://h.example/x")
LOG = outcomes.opening(JOB, JOB.timeout_secs)
URL_HEADER = b"x-bitlancer-url"
DELAY_HEADER = b"x-bitlancer-retry-delay-secs"


def answered(answer: Response, *, refusal: str | None = None) -> Outcome:
    return outcomes.answered(JOB, LOG, answer, 12, lambda url: refusal)


def test_a_success_is_two_rows_and_the_text() -> None:
    outcome = answered(Response(200, {}, b"done", 4))

    assert outcome == Outcome(
        job_id=7,
        attempt=1,
        result=ResultCode.SUCCEEDED,
        status_code=200,
        error=None,
        response="done",
        duration_ms=12,
        log=(
            LogLine(
                LogEvent.CALLED,
                "[JOBID 7] Calling job with method post"
                " on url http://h.example/x (timeout 2)",
            ),
            LogLine(LogEvent.SUCCEEDED, "[JOBID 7] Job succeeded: done", 200, 12),
        ),
        created_at="2026-01-31 08:09:10.123",
    )


@pytest.mark.parametrize(
    ("status", "result", "event", "msg"),
    [
        (503, ResultCode.TEMPORARY, LogEvent.FAILED_TEMPORARILY, "temporarily: why"),
        (500, ResultCode.PERMANENT, LogEvent.FAILED, "permanently: why"),
    ],
)
def test_a_failure_is_named_by_its_status(
    status: int, result: ResultCode, event: LogEvent, msg: str
) -> None:
    outcome = answered(Response(status, {}, b"why", 3))

    assert (outcome.result, outcome.error) == (result, f"http {status}")
    assert outcome.log[-1].event is event
    assert last_msg(outcome) == f"[JOBID 7] Job failed {msg}"


def test_a_failure_without_a_body_says_its_status_in_the_log() -> None:
    outcome = answered(Response(500, {}))

    assert outcome.response == ""
    assert last_msg(outcome) == "[JOBID 7] Job failed permanently: http 500"


def test_a_timeout_has_no_text() -> None:
    outcome = outcomes.timed_out(JOB, LOG, Sent.WHOLE, 2001)

    assert (outcome.result, outcome.error) == (ResultCode.TEMPORARY, "timeout")
    assert outcome.response is None
    assert outcome.log[-1] == LogLine(
        LogEvent.TIMED_OUT, "[JOBID 7] Job failed due to timeout", None, 2001
    )


def test_a_kill_names_its_operator() -> None:
    outcome = outcomes.killed(JOB, LOG, "ann@ops", 1500)

    assert (outcome.result, outcome.error) == (ResultCode.KILLED, "killed")
    assert outcome.response is None
    assert [line.event for line in outcome.log] == [LogEvent.CALLED, LogEvent.KILLED]
    assert last_msg(outcome) == "[JOBID 7] Job killed by ann@ops"


def test_a_kill_before_the_call_logs_no_call() -> None:
    outcome = outcomes.killed(JOB, (), "ann@ops", 0)

    assert [line.event for line in outcome.log] == [LogEvent.KILLED]


def test_a_job_that_cannot_be_called_is_a_permanent_failure() -> None:
    outcome = outcomes.not_callable(JOB, LOG, "bad url: no host")

    assert (outcome.result, outcome.error) == (ResultCode.PERMANENT, "bad url")
    assert last_msg(outcome) == "[JOBID 7] Job failed permanently: bad url: no host"


def test_a_bug_is_a_temporary_failure_named_by_its_type() -> None:
    outcome = outcomes.broken(JOB, LOG, ZeroDivisionError("oh"), 3)

    assert (outcome.result, outcome.error) == (
        ResultCode.TEMPORARY,
        "ZeroDivisionError",
    )
    assert (
        last_msg(outcome) == "[JOBID 7] Job failed temporarily: ZeroDivisionError: oh"
    )


@pytest.mark.parametrize(
    ("timeout_secs", "shown", "noted"),
    [
        (60, 60, []),
        (0, 1, ["timeout_secs 0 counts as 1"]),
        (301, 300, ["timeout_secs 301 counts as 300"]),
    ],
)
def test_a_clamped_timeout_is_noted(
    timeout_secs: int, shown: int, noted: list[str]
) -> None:
    job = claimed("http://h.example/x", timeout_secs=timeout_secs)

    outcome = outcomes.failed(
        job, outcomes.opening(job, shown), CallError("x"), Sent.WHOLE, 1
    )

    assert outcome.log[0].msg.endswith(f"(timeout {shown})")
    assert notes(outcome) == noted


def test_credentials_are_in_no_row() -> None:
    job = claimed("http://ann:secret@h.example/x")
    headers = {
        URL_HEADER: [b"http://bob:hidden@h.example/y"],
        b"location": [b"http://eve:masked@h.example/z"],
    }

    answer = Response(302, headers)
    outcome = outcomes.answered(job, LOG, answer, 1, lambda url: None)

    written = " ".join(line.msg for line in outcome.log)
    assert "h.example/x" in written
    assert not any(word in written for word in ("secret", "hidden", "masked"))


@pytest.mark.parametrize(
    ("values", "delay_secs"),
    [([b"0"], 0), ([b"786"], 786), ([b" 86400 "], 86_400)],
)
def test_a_delay_from_the_handler_is_obeyed_and_noted(
    values: list[bytes], delay_secs: int
) -> None:
    outcome = answered(Response(503, {DELAY_HEADER: values}))

    assert outcome.retry_delay_secs == delay_secs
    assert notes(outcome) == [
        f"retry_delay_secs changed by the handler: 60 -> {delay_secs}"
    ]


@pytest.mark.parametrize(
    "values",
    [
        [b"-1"],
        [b"abc"],
        [b"1e9"],
        [b"86401"],
        [b"99999999999999"],
        [b""],
        [b"NaN"],
        [b"1", b"2"],
        [b"\xb2"],
        ["٣".encode()],
    ],
)
def test_an_invalid_delay_is_ignored_and_noted(values: list[bytes]) -> None:
    outcome = answered(Response(503, {DELAY_HEADER: values}))

    assert outcome.retry_delay_secs is None
    assert notes(outcome)[0].startswith("x-bitlancer-retry-delay-secs ignored: ")


def test_a_url_from_the_handler_is_obeyed_and_noted() -> None:
    outcome = answered(Response(503, {URL_HEADER: [b"http://h.example/y"]}))

    assert outcome.url == "http://h.example/y"
    assert notes(outcome) == [
        "url changed by the handler: http://h.example/x -> http://h.example/y"
    ]


def test_the_same_url_is_no_change() -> None:
    outcome = answered(Response(503, {URL_HEADER: [b"http://h.example/x"]}))

    assert (outcome.url, notes(outcome)) == (None, [])


def test_a_refused_url_is_noted_with_the_reason() -> None:
    answer = Response(503, {URL_HEADER: [b"file:///etc/passwd"]})

    outcome = answered(answer, refusal="bad url: not http or https")

    assert outcome.url is None
    assert notes(outcome) == [
        "x-bitlancer-url refused: 'file:///etc/passwd': bad url: not http or https"
    ]


def test_of_two_urls_none_is_obeyed() -> None:
    outcome = answered(Response(200, {URL_HEADER: [b"http://a/", b"http://b/"]}))

    assert outcome.url is None
    assert "more than once" in notes(outcome)[0]


def test_long_headers_are_cut_in_notes() -> None:
    headers = {b"location": [b"x" * 60_000], DELAY_HEADER: [b"y" * 60_000]}

    outcome = answered(Response(302, headers))

    assert all(len(note) < 500 for note in notes(outcome))


def test_texts_are_cut_to_their_columns() -> None:
    body = "🎉".encode() * 16_383

    outcome = answered(Response(200, {}, body, len(body)))

    assert outcome.response == "🎉" * 16_383
    assert len(last_msg(outcome).encode()) <= 65_535
    assert last_msg(outcome).endswith("🎉")
