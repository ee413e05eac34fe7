"""A server that speaks before the request is sent: that is no answer to it."""

import asyncio

import pytest

from sq_console.processor.http.caller import Caller
from sq_console.processor.http.prepared_request import Sent
from sq_console.processor.http.transport.response_parser import ResponseParser
from sq_console.processor.http.transport.transport_errors import MalformedResponse
from tests.loopback_server import LoopbackServer
from tests.processor.claimed_jobs import call, claimed
from tests.processor.senders import make_dialer, prepared
from tests.raw_responses import head, whole
from tests.waiting import eventually_async


class FirstWordServer(LoopbackServer):
    """Speaks before it is asked, and hangs up or stays."""

    def __init__(self, word: bytes, *, stays: bool = False) -> None:
        super().__init__()
        self._word = word
        self._stays = stays

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        writer.write(self._word)
        if self._stays:
            await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("word", "error"),
    [
        (whole(503, b"too busy"), "http 503"),
        (b"220 smtp.example ESMTP\r\n", "malformed answer"),
        (head(200, {"Content-Length": "5"}) + b"ok", "connection closed"),
        (b"", "connection closed"),
    ],
)
async def test_a_server_may_speak_first(
    caller: Caller, word: bytes, error: str
) -> None:
    with FirstWordServer(word) as server:
        for _ in range(5):
            job = claimed(f"http://127.0.0.1:{server.port}/")
            outcome = await call(caller, job)
            assert outcome.error in {error, "connection reset"}


@pytest.mark.parametrize("stays", [False, True])
@pytest.mark.parametrize("status", [200, 302, 404, 500])
async def test_no_answer_counts_that_came_before_the_request(
    status: int, stays: bool
) -> None:
    """It is no answer to this request: a success would lose the job."""
    with FirstWordServer(whole(status, b"who asked?"), stays=stays) as server:
        request = prepared("POST", f"http://127.0.0.1:{server.port}/", b"body")
        connection = await make_dialer().dial(request.target)
        if stays:
            await eventually_async(lambda: connection._early)
        else:
            await eventually_async(lambda: not connection.is_open)
        response = connection.send(request, ResponseParser("POST"))
        assert response is not None
        with pytest.raises(MalformedResponse, match="before the request"):
            await response
        connection.give_up(request)

    assert request.sent is (Sent.WHOLE if stays else Sent.NOTHING)
