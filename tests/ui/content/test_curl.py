"""The copied curl sends what a processor sends: both are asked, and the bytes compared.

Whoever reads the copy pastes it into some shell, so it is run by each that is here.
"""

import json
import shutil
import subprocess
from typing import Any

import pytest

from sq_console.config import ApiSettings, DbSettings, Settings
from sq_console.processor.http.caller import Caller
from sq_console.store.rows import stamp
from sq_console.ui.content.curl import as_curl, curl_command
from tests.handler import HandlerServer
from tests.handler_exchange import Received
from tests.processor.claimed_jobs import UUID, claimed
from tests.ui.jobs import job

SETTINGS = Settings(DbSettings(engine="sqlite", path="unused.sqlite"))
SHELLS = [shell for shell in ("sh", "bash", "zsh", "dash") if shutil.which(shell)]
pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None, reason="no curl on this machine; .ci/run installs it"
)
NOT_COMPARED = {"x-sq-attempt", "connection"}

PLAIN = '{"X-Trace": "7", "Empty": "", "Quoted": "it\'s $HOME `x` \\\\ !", "L": "é"}'
BODIES = {
    "none": None,
    "text": b"some post body",
    "crlf": b"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\n",
    "tabs": b'{\n\t"a":\t1\n}\n',
    "file": b"@/etc/hostname",
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


async def called(handler: HandlerServer, url: str, settings: Settings, **fields: Any):
    caller = Caller(settings, UUID)
    await caller.open()
    created_at = job(url=url).created_at
    assert created_at is not None
    await caller.call(claimed(url, created_at=stamp(created_at), **fields))
    await caller.close()
    return handler.requests[-1]


def run(command: str, handler: HandlerServer, shell: str = "sh") -> Received:
    before = len(handler.requests)
    done = subprocess.run(
        [shell, "-c", command], capture_output=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(handler.requests) == before + 1, "it calls more or less than once"
    return handler.requests[-1]


def compared(sent: Received) -> tuple[object, ...]:
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
    theirs = await called(handler, url, settings, **fields)
    made = curl_command(job(url=url, **fields), settings, UUID)

    ours = run(made.command, handler, shell)

    assert made.differences == ()
    assert compared(ours) == compared(theirs)
    assert made.command.replace("\n", "").isprintable()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("body", BODIES)
async def test_any_body_is_sent_as_the_processor_sends_it(
    handler: HandlerServer, body: str, shell: str
):
    await assert_same(handler, handler.url("/ok"), shell, body=BODIES[body])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", ["none", "text"])
async def test_any_method_is(handler: HandlerServer, method: str, body: str):
    if (method, body) == ("HEAD", "text"):
        made = curl_command(
            job(url=handler.url("/ok"), http_method=method, body=b"x"), SETTINGS, UUID
        )
        assert made.differences == ("without its body, which curl sends with no HEAD",)
        assert run(made.command, handler).method == "HEAD"
        return
    fields = {"http_method": method, "body": BODIES[body]}
    await assert_same(handler, handler.url("/ok"), **fields)


@pytest.mark.parametrize("shell", SHELLS)
async def test_any_header_is(handler: HandlerServer, shell: str):
    url = handler.url("/ok")

    await assert_same(handler, url, shell, headers=PLAIN, body=b"x")
    await assert_same(handler, url, shell, headers='{"T": "a\\tb", "C": "\\u0085"}')
    own = {"Content-Type": "text/x", "Accept": "a/b", "User-Agent": "me", "Expect-": ""}
    await assert_same(handler, url, shell, headers=json.dumps(own), body=b"x")


@pytest.mark.parametrize("path", PATHS)
async def test_any_url_is(handler: HandlerServer, path: str):
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
        theirs = await called(handler, target, api, **fields)
        made = curl_command(job(url=target, **fields), api, UUID)
        ours = run(made.command, handler)

        assert "hush" not in made.command
        assert made.differences == ("secrets masked",)
        assert ours.target == "/ok?token=***&a=1"
        assert ours.body == b'{"password": "***"}\r\n'
        masked = {"authorization": "***", "x-api-key": "***", "content-length": "21"}
        assert ours.headers | NOT_IN_BOTH == theirs.headers | masked | NOT_IN_BOTH


NOT_IN_BOTH = dict.fromkeys(NOT_COMPARED, "")


def test_what_no_processor_would_call_is_said():
    made = curl_command(job(url="ftp://a.example/", http_method="brew"), SETTINGS, UUID)

    assert made.differences == ("no processor would call it: bad method",)
    assert "--proto =http,https" in as_curl(job(url="file:///etc/passwd"))
