"""TLS: which certificates are accepted, and the outcome of a failed handshake."""

import asyncio
import os
import shutil
import socket
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography import x509

from sq_console.model import Outcome, ResultCode
from sq_console.processor.http.transport.trust import create_tls_context
from tests.certificate_authority import ELSEWHERE, Authority
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import answering_sockets, call, claimed, last_msg
from tests.processor.conftest import MakeCaller
from tests.waiting import eventually_async


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The TLS settings of a machine whose administrator has added the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return create_tls_context()


async def call_tls(
    make_caller: MakeCaller, trusted: ssl.SSLContext | None, server: ssl.SSLContext
) -> Outcome:
    caller = await make_caller(tls=trusted)
    with HandlerServer(tls=server) as handler:
        outcome = await call(caller, claimed(handler.url("/ok")))
        if outcome.error:  # the handler learns of it a little later
            await eventually_async(lambda: answering_sockets(handler.port) == 0)
        return outcome


async def test_a_certificate_of_a_trusted_authority_is_accepted(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    outcome = await call_tls(make_caller, trusted, authority.server_tls())

    assert (outcome.result, outcome.response) == (ResultCode.SUCCEEDED, "ok")


async def test_a_certificate_of_an_unknown_authority_is_refused(
    make_caller: MakeCaller, authority: Authority
) -> None:
    outcome = await call_tls(make_caller, None, authority.server_tls())

    assert_tls_failure(outcome, "unable to get local issuer certificate")


async def test_an_expired_certificate_is_refused(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    server = authority.server_tls(days=0.5)

    outcome = await call_tls(make_caller, trusted, server)

    assert_tls_failure(outcome, "certificate has expired")


async def test_a_certificate_for_another_name_is_refused(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    server = authority.server_tls(ELSEWHERE)

    outcome = await call_tls(make_caller, trusted, server)

    assert_tls_failure(outcome, "IP address mismatch")


async def test_an_old_protocol_is_refused(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    server = authority.server_tls()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.minimum_version = ssl.TLSVersion.TLSv1
        server.maximum_version = ssl.TLSVersion.TLSv1_1

    outcome = await call_tls(make_caller, trusted, server)

    # OpenSSL may not know the old protocol any more, and hang up.
    assert outcome.result is ResultCode.TEMPORARY
    assert outcome.error in {"tls failure", "connection reset", "connection closed"}


async def test_a_server_without_tls_is_a_temporary_failure(
    make_caller: MakeCaller,
) -> None:
    async def serve_without_tls(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    caller = await make_caller()
    async with await asyncio.start_server(serve_without_tls, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]

        outcome = await call(caller, claimed(f"https://127.0.0.1:{port}/"))

    assert (outcome.result, outcome.error) == (ResultCode.TEMPORARY, "tls failure")


async def test_a_certificate_that_signed_itself_is_refused(
    make_caller: MakeCaller, authority: Authority
) -> None:
    outcome = await call_tls(make_caller, None, authority.own_tls())

    assert_tls_failure(outcome, "self-signed certificate")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost."])
async def test_the_server_learns_which_name_is_called(
    make_caller: MakeCaller,
    authority: Authority,
    trusted: ssl.SSLContext,
    host: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named: list[str | None] = []
    server = authority.server_tls(x509.DNSName("localhost"))
    server.sni_callback = lambda _, name, __: named.append(name)
    caller = await make_caller(tls=trusted)

    with HandlerServer(tls=server) as handler:
        found = [(0, 0, 0, "", (handler.host, 0))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        outcome = await call(caller, claimed(handler.url("/ok", host=host)))

    assert outcome.result is ResultCode.SUCCEEDED
    assert named == ["localhost"]


@pytest.mark.parametrize("has_certificate", [True, False])
async def test_a_client_certificate_is_shown_to_a_server_that_asks(
    make_caller: MakeCaller,
    authority: Authority,
    trusted: ssl.SSLContext,
    has_certificate: bool,
) -> None:
    server = authority.server_tls()
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(authority.file)
    if has_certificate:
        trusted.load_cert_chain(authority.server_file())

    outcome = await call_tls(make_caller, trusted, server)

    if has_certificate:
        assert outcome.result is ResultCode.SUCCEEDED
    else:  # the handshake is over when the server misses it, and it hangs up
        assert outcome.error in {"tls failure", "connection reset", "connection closed"}


@pytest.mark.mostly_slow(8)
@pytest.mark.parametrize("version", ["TLSv1_3", "TLSv1_2"])
@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/ok", None),
        ("/no-length", None),
        ("/long?bytes=300000", None),
        ("/short", "connection closed"),
        ("/cut-chunk", "connection closed"),
        ("/cut-head", "connection closed"),
        ("/reset-head", "connection reset"),
        ("/reset-body", "connection reset"),
    ],
)
async def test_a_response_that_is_cut_off_in_tls_is_a_temporary_failure(
    make_caller: MakeCaller,
    authority: Authority,
    trusted: ssl.SSLContext,
    path: str,
    error: str | None,
    version: str,
) -> None:
    server = authority.server_tls()
    server.maximum_version = ssl.TLSVersion[version]
    caller = await make_caller(tls=trusted)

    with HandlerServer(tls=server) as handler:
        outcome = await call(caller, claimed(handler.url(path)))
        await eventually_async(lambda: len(handler.requests) == 1)
        if error:
            await eventually_async(lambda: answering_sockets(handler.port) == 0)

    assert outcome.error == error


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("openssl") is None and "SQ_REQUIRE_SERVERS" not in os.environ,
    reason="no openssl on this machine; .ci/run installs it",
)
async def test_a_server_may_renegotiate_before_it_answers(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    caller = await make_caller(tls=trusted)
    file = str(authority.server_file())
    server = await asyncio.create_subprocess_exec(
        *("openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-crlf"),
        *("-cert", file, "-key", file),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        accepts = await server.stdout.readuntil(b"ACCEPT 127.0.0.1:")
        port = int(await server.stdout.readline())
        assert accepts
        url = f"https://127.0.0.1:{port}/"
        calling = asyncio.create_task(call(caller, claimed(url, timeout_secs=20)))
        await server.stdout.readuntil(b"body")
        server.stdin.write(b"R\n")  # to s_server: renegotiate
        await server.stdout.readuntil(b"SSL_do_handshake -> 1")
        server.stdin.write(b"HTTP/1.1 200 OK\nContent-Length: 4\n\nok\n")
        outcome = await calling
    finally:
        server.kill()
        await server.communicate()

    assert (outcome.error, outcome.response) == (None, "ok\r\n")


async def test_a_tls_connection_serves_many_jobs(
    make_caller: MakeCaller, authority: Authority, trusted: ssl.SSLContext
) -> None:
    caller = await make_caller(tls=trusted)
    with HandlerServer(tls=authority.server_tls()) as handler:
        for body in (b"", b"short", bytes(3_000_000)):
            outcome = await call(caller, claimed(handler.url("/ok"), body=body))
            assert outcome.result is ResultCode.SUCCEEDED

        assert [len(request.body) for request in handler.requests] == [0, 5, 3_000_000]
        assert handler.connections == 1


async def test_a_handshake_that_stalls_is_a_timeout(
    make_caller: MakeCaller, handler: HandlerServer
) -> None:
    caller = await make_caller()
    url = handler.url("/ok").replace("http:", "https:")

    outcome = await call(caller, claimed(url, timeout_secs=1))

    assert outcome.error == "timeout"


def assert_tls_failure(outcome: Outcome, why: str) -> None:
    assert (outcome.result, outcome.error) == (ResultCode.TEMPORARY, "tls failure")
    assert last_msg(outcome).startswith(
        "[JOBID 7] Job failed temporarily: tls failure: "
    )
    assert why in last_msg(outcome)
