"""The curl command sends what a processor sends: the bytes of both are compared.

An operator pastes the command into some shell, so each shell of this machine runs it.
"""

import json
import os
import shutil
import subprocess
from typing import Any

import pytest

from sq_console.config import ApiSettings, DbSettings, Settings
from sq_console.model import Job
from sq_console.processor.http.caller import Caller
from sq_console.store.rows import stamp
from sq_console.ui.content.curl import curl_command
from tests.handler import HandlerServer
from tests.handler_exchange import Received
from tests.processor.claimed_jobs import UUID, claimed
from tests.ui.jobs import job

SETTINGS = Settings(DbSettings(engine="sqlite", path="unused.sqlite"))
SHELLS = [shell for shell in ("sh", "bash", "zsh", "dash") if shutil.which(shell)]
pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None and "SQ_REQUIRE_SERVERS" not in os.environ,
    reason="no curl on this machine; .ci/run installs it",
)
NOT_COMPARED = {"x-sq-attempt", "connection"}

PLAIN = '{"X-Trace": "7", "Empty": "", "Quoted": "it\'s $HOME `x` \\\\ !", "L": "é"}'
BODIES = {
    "none": None,
    "text": b"some post body",
    "crlf": b"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\n",
    "tabs": b'{\n\t"a":\t1\n}\n',
    "file": b"@/etc/hostname",
    "equals": b"=ls",
    "quotes": b'it\'s "$HOME" `x` \\ \\n %s %b !! #',
    "ends": b"\n\nends in lines\n\n",
    "bytes": bytes(range(256)) * 2,
    "bom": "\ufeffé\u202e日本\u00a0".encode(),
    "long": b"x" * 40_000,
    "form": b"a=1&b=%20+&c",
}
METHODS = ("get", "HEAD", "post", "Put", "PATCH", "delete", "OPTIONS")
PATHS = (
    "/ok?a=%2F&b=[1-3]&c={a,b}&d='$x'",
    "/a/../b/./c",
    "/-K/@x;y?%zz=%7e",
    "/ü?ü=日",
)


async def call_by_processor(
    handler: HandlerServer, url: str, settings: Settings, **fields: Any
):
    caller = Caller(settings, UUID)
    await caller.open()
    created_at = job(url=url).created_at
    assert created_at is not None
    await caller.call(claimed(url, created_at=stamp(created_at), **fields))
    await caller.aclose()
    return handler.requests[-1]


def run_command(command: str, handler: HandlerServer, shell: str = "sh") -> Received:
    before = len(handler.requests)
    done = subprocess.run(
        [shell, "-c", command], capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(handler.requests) == before + 1, "it calls more or less than once"
    return handler.requests[-1]


def compared_parts(sent: Received) -> tuple[object, ...]:
    headers = sorted(
        (name.lower(), value)
        for name, value in sent.raw_headers
        if name.lower() not in NOT_COMPARED
    )
    return sent.method, sent.target, headers, sent.body


async def assert_same(
    handler: HandlerServer,
    url: str,
    shell: str = "sh",
    settings: Settings = SETTINGS,
    **fields: Any,
) -> None:
    fields = {"body": None, **fields}
    by_processor = await call_by_processor(handler, url, settings, **fields)
    made = curl_command(job(url=url, **fields), settings, UUID)

    by_curl = run_command(made.command, handler, shell)

    assert made.differences == ()
    assert compared_parts(by_curl) == compared_parts(by_processor)
    assert made.command.replace("\n", "").isprintable()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("body", BODIES)
async def test_any_body_is_sent_as_the_processor_sends_it(
    handler: HandlerServer, body: str, shell: str
):
    await assert_same(handler, handler.url("/ok"), shell, body=BODIES[body])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", ["none", "text"])
async def test_any_method_is_sent_as_the_processor_sends_it(
    handler: HandlerServer, method: str, body: str
):
    if (method, body) == ("HEAD", "text"):
        made = curl_command(
            job(url=handler.url("/ok"), http_method=method, body=b"x"), SETTINGS, UUID
        )
        assert made.differences == ("without its body, which curl sends with no HEAD",)
        assert run_command(made.command, handler).method == "HEAD"
        return
    fields = {"http_method": method, "body": BODIES[body]}
    await assert_same(handler, handler.url("/ok"), **fields)


@pytest.mark.parametrize("shell", SHELLS)
async def test_any_header_is_sent_as_the_processor_sends_it(
    handler: HandlerServer, shell: str
):
    url = handler.url("/ok")

    await assert_same(handler, url, shell, headers=PLAIN, body=b"x")
    await assert_same(handler, url, shell, headers='{"T": "a\\tb", "C": "\\u0085"}')
    own = {"Content-Type": "text/x", "Accept": "a/b", "User-Agent": "me", "Expect-": ""}
    await assert_same(handler, url, shell, headers=json.dumps(own), body=b"x")


@pytest.mark.parametrize("path", PATHS)
async def test_any_url_is_sent_as_the_processor_sends_it(
    handler: HandlerServer, path: str
):
    await assert_same(handler, handler.url(path))


async def test_the_timeout_is_the_processors(handler: HandlerServer):
    made = curl_command(
        job(url="http://a.example/", timeout_secs=9_999), SETTINGS, UUID
    )

    assert "--max-time 3600 " in made.command


async def test_secrets_are_masked_where_they_would_be_sent(handler: HandlerServer):
    api = Settings(SETTINGS.db, api=ApiSettings(user="u", passwd="hush"))
    url = handler.url("/ok?token=hush&a=1")
    fields: dict[str, Any] = {
        "headers": '{"X-Api-Key": "hush", "X": "seen"}',
        "body": b'{"password": "hush"}\r\n',
    }
    for target in (url, url.replace("//", "//eve:hush@")):
        by_processor = await call_by_processor(handler, target, api, **fields)
        made = curl_command(job(url=target, **fields), api, UUID)
        by_curl = run_command(made.command, handler)

        assert "hush" not in made.command
        assert made.differences == ("secrets masked",)
        assert by_curl.target == "/ok?token=***&a=1"
        assert by_curl.body == b'{"password": "***"}\r\n'
        masked = {"authorization": "***", "x-api-key": "***", "content-length": "21"}
        assert (
            by_curl.headers | NOT_IN_BOTH == by_processor.headers | masked | NOT_IN_BOTH
        )


NOT_IN_BOTH = dict.fromkeys(NOT_COMPARED, "")


def test_an_invalid_job_says_that_no_processor_would_call_it():
    made = curl_command(job(url="ftp://a.example/", http_method="brew"), SETTINGS, UUID)

    assert made.differences == ("no processor would call it: bad method",)
    assert "--proto '=http,https'" in command_of(job(url="file:///etc/passwd"))


def command_of(one: Job) -> str:
    return curl_command(one, SETTINGS, None).command


def test_the_command_has_the_request_and_no_secrets():
    command = command_of(
        job(
            url="https://u:secret@a.example/x?token=secret&page=2",
            headers='{"Authorization": "secret", "X-Trace": "7"}',
            body=b'{"api_key": "secret", "n": {"client_secret": "secret"}, "a": 1}',
            timeout_secs=9,
        )
    )
    assert "secret" not in command.replace("client_secret", "")
    assert command.startswith(
        "curl -i --globoff --proto '=http,https' -X POST --max-time 9"
        " -H 'Authorization: ***'"
    )
    assert "-H 'X-Trace: 7'" in command
    assert command.endswith("'https://***@a.example/x?token=***&page=2'")


def test_the_command_sends_no_file_and_calls_one_url():
    command = command_of(job(body=b"@/etc/passwd", url="http://a.example/[1-99]"))
    assert "--data-raw @/etc/passwd" in command
    assert "--globoff" in command
    assert command_of(job(url="-K/tmp/evil")).endswith(" --url -K/tmp/evil")
    assert "--proto '=http,https'" in command_of(job(url="file:///etc/passwd"))


def test_secrets_of_a_form_are_masked():
    command = command_of(job(body=b"user=eve&password=secret&page=2"))
    assert "'user=eve&password=***&page=2'" in command
