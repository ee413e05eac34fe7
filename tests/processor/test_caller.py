"""What is sent, and what the handler's headers change: the contract, on the wire."""

import base64
import json

import pytest

import sq_console
from sq_console.config import ApiSettings
from sq_console.model import LogEvent, ResultCode
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import UUID, call, claimed, last_msg, notes
from tests.processor.conftest import MakeCaller


def basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


async def test_the_caller_sends_the_contracts_headers_and_no_others(
    caller: Caller, handler: HandlerServer
) -> None:
    await call(caller, claimed(handler.url("/ok"), attempt=3))

    assert dict(handler.requests[0].raw_headers) == {
        "Host": f"127.0.0.1:{handler.port}",
        "x-bitlancer-job-id": "7",
        "idempotency-key": f'"sq-{UUID}-7-20260131080910123"',
        "x-sq-attempt": "3",
        "user-agent": f"sq-console/{sq_console.__version__}",
        "accept-encoding": "identity",
        "Content-Length": "4",
    }


async def test_two_jobs_of_one_id_have_two_keys(
    caller: Caller, handler: HandlerServer
) -> None:
    for made in ("2026-01-31 08:09:10.123", "2026-01-31 08:09:10.124", ""):
        await call(caller, claimed(handler.url("/ok"), created_at=made))

    keys = [request.headers["idempotency-key"] for request in handler.requests]
    assert len(set(keys)) == 3
    assert keys[-1] == f'"sq-{UUID}-7"'


async def test_the_idempotency_key_is_the_same_for_every_attempt(
    caller: Caller, handler: HandlerServer
) -> None:
    for attempt in (1, 2):
        await call(caller, claimed(handler.url("/ok"), attempt=attempt))

    first, second = handler.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@pytest.mark.parametrize(
    "method", ["get", "HEAD", "post", "Put", "patch", "DELETE", "options", "Post "]
)
async def test_every_method_is_called_in_any_case(
    caller: Caller, handler: HandlerServer, method: str
) -> None:
    outcome = await call(caller, claimed(handler.url("/ok"), http_method=method))

    assert outcome.result is ResultCode.SUCCEEDED
    assert handler.requests[0].method == method.strip().upper()
    assert outcome.log[0].msg == (
        f"[JOBID 7] Calling job with method {method}"
        f" on url {handler.url('/ok')} (timeout 2)"
    )


@pytest.mark.parametrize(
    "method", ["", "G ET", "GÉT", "GET\r\nX: y", "CONNECT", "po\u017ft"]
)
async def test_an_unknown_method_is_a_permanent_failure(
    caller: Caller, handler: HandlerServer, method: str
) -> None:
    outcome = await call(caller, claimed(handler.url("/ok"), http_method=method))

    assert (outcome.result, outcome.error) == (ResultCode.PERMANENT, "bad method")
    assert last_msg(outcome) == "[JOBID 7] Job failed permanently: bad method"
    assert handler.connections == 0


@pytest.mark.parametrize(
    "body",
    [None, b"", "Grüße 🎉".encode(), bytes(range(256)), b"\xed\xa0\x80" * 10_000],
    ids=["none", "empty", "text", "binary", "surrogates"],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_the_body_arrives_unchanged(
    caller: Caller, handler: HandlerServer, method: str, body: bytes | None
) -> None:
    job = claimed(handler.url("/ok"), http_method=method, body=body)

    await call(caller, job)

    assert handler.requests[0].body == (body or b"")
    length = handler.requests[0].headers.get("content-length", "0")
    assert length == str(len(body or b""))


async def test_a_long_body_is_sent_in_pieces_with_its_length(
    caller: Caller, handler: HandlerServer
) -> None:
    body = bytes(range(256)) * 20_000

    outcome = await call(caller, claimed(handler.url("/ok"), body=body))

    assert outcome.result is ResultCode.SUCCEEDED
    assert handler.requests[0].body == body
    assert "transfer-encoding" not in handler.requests[0].headers


async def test_the_jobs_headers_replace_the_contracts_of_that_name(
    caller: Caller, handler: HandlerServer
) -> None:
    headers = {
        "User-Agent": "mine",
        "x-sq-attempt": "",
        "ACCEPT-ENCODING": "br",
        "Content-Type": "text/plain",
        "X-Name": "Zoë",
    }
    job = claimed(handler.url("/ok"), headers=json.dumps(headers))

    await call(caller, job)

    sent = handler.requests[0].headers
    assert sent["user-agent"] == "mine"
    assert sent["x-sq-attempt"] == ""
    assert sent["accept-encoding"] == "br"
    assert sent["content-type"] == "text/plain"
    assert sent["x-name"] == "Zoë"


@pytest.mark.parametrize(
    "headers",
    [
        '{"Host": "x"}',
        '{"content-length": "0"}',
        '{"Transfer-Encoding": "chunked"}',
        '{"X-Bitlancer-Job-Id": "8"}',
        '{"X": "a\\r\\nY: b"}',
        '{"X": 1}',
        '{"X Y": "1"}',
        "[]",
        "{",
    ],
)
async def test_headers_that_cannot_be_sent_are_a_permanent_failure(
    caller: Caller, handler: HandlerServer, headers: str
) -> None:
    outcome = await call(caller, claimed(handler.url("/ok"), headers=headers))

    assert (outcome.result, outcome.error) == (ResultCode.PERMANENT, "bad header")
    assert handler.connections == 0


async def test_the_url_is_called_as_written(
    caller: Caller, handler: HandlerServer
) -> None:
    target = "/a%2Fb/%7e%41?x=%2F%3A%27&y=%2B%3D%26&z[]=a|b&%zz?%"

    await call(caller, claimed(handler.url(f"{target}#fragment")))

    assert handler.requests[0].target == target


async def test_letters_beyond_ascii_are_percent_encoded(
    caller: Caller, handler: HandlerServer
) -> None:
    await call(caller, claimed(handler.url("/é?q=ü")))

    assert handler.requests[0].target == "/%C3%A9?q=%C3%BC"


async def test_credentials_in_the_url_are_sent_and_not_logged(
    caller: Caller, handler: HandlerServer
) -> None:
    url = handler.url("/ok").replace("//", "//us%40er:pä%3Ass@")

    outcome = await call(caller, claimed(url))

    assert handler.requests[0].headers["authorization"] == basic("us@er:pä:ss")
    assert "p%C3%A4" not in handler.requests[0].headers["host"]
    assert all("er:p" not in line.msg for line in outcome.log)


async def test_the_jobs_own_authorization_beats_the_urls_and_the_settings(
    make_caller: MakeCaller, handler: HandlerServer
) -> None:
    caller = await make_caller(api=ApiSettings(user="api", passwd="secret"))
    in_url = handler.url("/ok").replace("//", "//a:b@")
    own = '{"Authorization": "Bearer x"}'

    await call(caller, claimed(in_url, headers=own))
    await call(caller, claimed(in_url))
    await call(caller, claimed(handler.url("/ok")))

    sent = [request.headers["authorization"] for request in handler.requests]
    assert sent == ["Bearer x", basic("a:b"), basic("api:secret")]


@pytest.mark.parametrize(
    ("hosts", "is_sent"),
    [
        ("127.0.0.1:{port}", True),
        ("other.example.com, 127.0.0.1:{port}", True),
        ("127.0.0.1", False),
        ("127.0.0.1:1", False),
        ("localhost:{port}", False),
    ],
)
async def test_api_credentials_go_only_to_the_hosts_named(
    make_caller: MakeCaller, handler: HandlerServer, hosts: str, is_sent: bool
) -> None:
    named = tuple(hosts.format(port=handler.port).split(", "))
    caller = await make_caller(api=ApiSettings("api", "secret", named))

    await call(caller, claimed(handler.url("/ok")))

    assert ("authorization" in handler.requests[0].headers) is is_sent


async def test_no_proxy_is_taken_from_the_environment(
    make_caller: MakeCaller, handler: HandlerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    caller = await make_caller()

    outcome = await call(caller, claimed(handler.url("/ok")))

    assert outcome.result is ResultCode.SUCCEEDED


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_noted_and_not_followed(
    caller: Caller, handler: HandlerServer, status: int
) -> None:
    location = "http://user:pass@127.0.0.1:1/elsewhere"
    path = f"/answer?status={status}&header=Location: {location}".replace(" ", "%20")

    outcome = await call(caller, claimed(handler.url(path)))

    assert (outcome.result, outcome.error) == (ResultCode.PERMANENT, f"http {status}")
    assert notes(outcome) == [
        "redirect not followed: 'http://***@127.0.0.1:1/elsewhere'"
    ]
    assert len(handler.requests) == 1


@pytest.mark.parametrize("scheme", ["Basic realm=x", "Digest nonce=x", "NTLM"])
async def test_a_401_is_not_answered_with_credentials(
    caller: Caller, handler: HandlerServer, scheme: str
) -> None:
    path = f"/answer?status=401&header=WWW-Authenticate:{scheme.replace(' ', '%20')}"
    url = handler.url(path).replace("//", "//a:b@")

    outcome = await call(caller, claimed(url))

    assert outcome.error == "http 401"
    assert len(handler.requests) == 1


async def test_a_timeout_out_of_bounds_is_clamped_and_noted(
    caller: Caller, handler: HandlerServer
) -> None:
    short = await call(caller, claimed(handler.url("/silent"), timeout_secs=-5))
    long = await call(caller, claimed(handler.url("/ok"), timeout_secs=2**31 - 1))

    assert short.log[0].msg.endswith("(timeout 1)")
    assert notes(short) == ["timeout_secs -5 counts as 1"]
    assert short.log[-1].event is LogEvent.TIMED_OUT
    assert notes(long) == ["timeout_secs 2147483647 counts as 3600"]


async def test_the_handler_may_set_delay_and_url_on_any_answer(
    caller: Caller, handler: HandlerServer
) -> None:
    for status in (200, 503, 500):
        new = f"http://127.0.0.1:1/next/{status}"
        header = f"x-bitlancer-url:{new}&header=X-Bitlancer-Retry-Delay-Secs:786"
        url = handler.url(f"/answer?status={status}&header={header}")

        outcome = await call(caller, claimed(url))

        assert (outcome.retry_delay_secs, outcome.url) == (786, new)
        assert len(notes(outcome)) == 2


async def test_a_url_from_the_handler_is_guarded_like_any_other(
    caller: Caller, handler: HandlerServer
) -> None:
    wanted = "x-bitlancer-url:http://169.254.169.254/latest"

    outcome = await call(caller, claimed(handler.url(f"/answer?header={wanted}")))

    assert outcome.result is ResultCode.SUCCEEDED
    assert outcome.url is None
    assert notes(outcome) == [
        "x-bitlancer-url refused: 'http://169.254.169.254/latest':"
        " address refused: 169.254.169.254 is link-local"
    ]
