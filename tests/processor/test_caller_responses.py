"""The outcomes of responses, good, odd, broken and hostile: each from a real handler,
each within its deadline. Each leaves the caller able to make further calls.
"""

import asyncio
import tracemalloc

import pytest

from sq_console.model import LogEvent, ResultCode
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed, last_msg, notes
from tests.raw_responses import bomb

SUCCEEDED = ResultCode.SUCCEEDED
PERMANENT = ResultCode.PERMANENT
TEMPORARY = ResultCode.TEMPORARY


@pytest.mark.parametrize(
    ("path", "response"),
    [
        ("/ok", "ok"),
        ("/empty", ""),
        ("/http10", "old style"),
        ("/no-length", "until I close"),
        ("/no-reason", "ok"),
        ("/latin-1-reason", "ok"),
        ("/latin-1-header", "ok"),
        ("/escape-reason", "ok"),
        ("/chunked", "in parts!"),
        ("/early-hints", "after a hint"),
        ("/bad-gzip", "[compressed body not shown: gzip, 15 bytes]"),
        ("/gzip-gzip-bomb", "[compressed body not shown: gzip, gzip, "),
        ("/answer?text=%FF%FEa%00b", "��a\x00b"),
        ("/answer?text=%1b]52;c;eA==%07[/red]", "\x1b]52;c;eA==\x07[/red]"),
    ],
)
async def test_200_is_success_however_it_looks(
    caller: Caller, handler: HandlerServer, path: str, response: str
) -> None:
    outcome = await call(caller, claimed(handler.url(path)))

    assert (outcome.result, outcome.status_code) == (SUCCEEDED, 200)
    assert outcome.error is None
    assert outcome.response is not None
    assert outcome.response.startswith(response)
    assert last_msg(outcome) == f"[JOBID 7] Job succeeded: {outcome.response}"


@pytest.mark.parametrize(
    "status",
    [201, 202, 204, 206, 300, 304, 400, 401, 404, 429, 500, 502, 504, 600, 999],
)
async def test_any_other_status_is_a_permanent_failure(
    caller: Caller, handler: HandlerServer, status: int
) -> None:
    outcome = await call(caller, claimed(handler.url(f"/status/{status}?text=why")))

    assert (outcome.result, outcome.status_code) == (PERMANENT, status)
    assert outcome.error == f"http {status}"
    assert outcome.log[-1].event is LogEvent.FAILED


async def test_503_is_a_temporary_failure_and_retry_after_changes_nothing(
    caller: Caller, handler: HandlerServer
) -> None:
    path = "/answer?status=503&text=busy&header=Retry-After:3600"

    outcome = await call(caller, claimed(handler.url(path)))

    assert (outcome.result, outcome.error) == (TEMPORARY, "http 503")
    assert outcome.retry_delay_secs is None
    assert last_msg(outcome) == "[JOBID 7] Job failed temporarily: busy"


async def test_101_is_a_permanent_failure_without_waiting_for_what_follows(
    caller: Caller, handler: HandlerServer
) -> None:
    outcome = await call(caller, claimed(handler.url("/switch")))

    assert (outcome.result, outcome.error) == (PERMANENT, "http 101")


@pytest.mark.parametrize(
    "path",
    [
        "/line-short",
        "/line-version",
        "/line-garbage",
        "/ssh",
        "/http09",
        "/nul-header",
        "/two-lengths",
        "/negative-length",
        "/length-and-chunked",
        "/bad-chunk",
        "/big-header",
        "/many-headers",
    ],
)
async def test_a_malformed_response_is_a_temporary_failure(
    caller: Caller, handler: HandlerServer, path: str
) -> None:
    outcome = await call(caller, claimed(handler.url(path)))

    assert (outcome.result, outcome.error) == (TEMPORARY, "malformed answer")
    assert outcome.response is None
    msg = last_msg(outcome)
    assert msg.startswith("[JOBID 7] Job failed temporarily: malformed answer: ")
    assert msg.isprintable()
    assert len(msg) < 300


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/close", {"connection closed"}),
        ("/cut-head", {"connection closed"}),
        ("/short", {"connection closed"}),
        ("/cut-chunk", {"connection closed"}),
        ("/no-last-chunk", {"connection closed"}),
        ("/reset", {"connection reset"}),
        ("/reset-head", {"connection reset"}),
        ("/reset-body", {"connection closed", "connection reset"}),
    ],
)
async def test_a_broken_connection_is_a_temporary_failure(
    caller: Caller, handler: HandlerServer, path: str, kinds: set[str]
) -> None:
    outcome = await call(caller, claimed(handler.url(path)))

    assert outcome.result is TEMPORARY
    assert outcome.error in kinds
    assert outcome.status_code is None
    assert last_msg(outcome).startswith(
        f"[JOBID 7] Job failed temporarily: {outcome.error}"
    )
    assert len(handler.requests) == 1


async def test_no_call_outlasts_its_deadline(
    caller: Caller, handler: HandlerServer
) -> None:
    paths = ["/silent", "/drip-head", "/drip-body", "/stall", "/held"]
    jobs = [claimed(handler.url(path), timeout_secs=1) for path in paths]
    long = claimed(handler.url("/unread"), timeout_secs=1, body=bytes(16_000_000))

    found = await asyncio.gather(*(call(caller, job) for job in [*jobs, long]))

    for outcome in found:
        assert (outcome.result, outcome.error) == (TEMPORARY, "timeout")
        assert last_msg(outcome) == "[JOBID 7] Job failed due to timeout"
        assert outcome.duration_ms >= 1000
    assert (await call(caller, claimed(handler.url("/ok")))).result is SUCCEEDED


async def test_interim_responses_without_end_are_malformed(
    caller: Caller, handler: HandlerServer
) -> None:
    """The handler of the tests sends them as fast as it can."""
    outcome = await call(caller, claimed(handler.url("/hundreds"), timeout_secs=30))

    assert (outcome.result, outcome.error) == (TEMPORARY, "malformed answer")
    assert last_msg(outcome).endswith("more than 10000 interim answers")


async def test_an_endless_body_is_cut_and_a_success(
    caller: Caller, handler: HandlerServer
) -> None:
    outcome = await call(caller, claimed(handler.url("/endless")))

    assert outcome.result is SUCCEEDED
    assert outcome.response == "x" * 65_535
    assert notes(outcome) == ["answer not read beyond 1048576 bytes"]
    assert len(last_msg(outcome).encode()) == 65_535


async def test_a_long_body_is_kept_as_far_as_it_fits(
    caller: Caller, handler: HandlerServer
) -> None:
    outcome = await call(caller, claimed(handler.url("/long?bytes=70000")))

    assert outcome.response == "x" * 65_535
    assert notes(outcome) == ["answer of 70000 bytes cut to 65535"]


async def test_the_cut_falls_between_characters(
    caller: Caller, handler: HandlerServer
) -> None:
    path = "/long?bytes=65537&of=%F0%9F%8E%89"

    outcome = await call(caller, claimed(handler.url(path)))

    assert outcome.response == "🎉" * 16_383


@pytest.mark.parametrize("path", ["/gzip-bomb", "/gzip-gzip-bomb", "/endless"])
async def test_hostile_bodies_take_no_memory(
    caller: Caller, handler: HandlerServer, path: str
) -> None:
    bomb(1)
    bomb(2)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        await call(caller, claimed(handler.url(path)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak - before < 5_000_000


@pytest.mark.parametrize(
    "charset", ["hex", "zlib", "rot13", "undefined", "idna", "utf-7", "unicode_escape"]
)
async def test_an_unsafe_charset_is_ignored(
    caller: Caller, handler: HandlerServer, charset: str
) -> None:
    header = f"Content-Type:text/plain;charset%3D{charset}"
    path = f"/answer?text=%5Cu001b]52 caf%C3%A9&header={header}".replace(" ", "%20")

    outcome = await call(caller, claimed(handler.url(path)))

    assert outcome.response == "\\u001b]52 café"


async def test_a_refused_connection_is_a_temporary_failure(caller: Caller) -> None:
    outcome = await call(caller, claimed("http://127.0.0.1:1/"))

    assert (outcome.result, outcome.error) == (TEMPORARY, "connection refused")
    assert last_msg(outcome) == ("[JOBID 7] Job failed temporarily: connection refused")
