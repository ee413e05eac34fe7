"""The face for httpx: its client and its exceptions over the same transport."""

import httpx
import pytest

from sq_console.processor.http.transport.httpx_transport import HttpxTransport
from tests.handler import HandlerServer
from tests.processor.senders import make_sender


async def request(url: str, method: str = "GET", **options: object) -> httpx.Response:
    async with (
        make_sender() as sender,
        httpx.AsyncClient(transport=HttpxTransport(sender)) as client,
    ):
        return await client.request(method, url, **options)  # type: ignore[arg-type]


async def test_a_client_of_httpx_gets_its_response(handler: HandlerServer) -> None:
    response = await request(handler.url("/echo?a=b"), "POST", json={"x": 1})

    assert response.status_code == 200
    assert response.json()["body"] == '{"x":1}'
    assert response.json()["headers"]["content-type"] == "application/json"
    assert response.json()["target"] == "/echo?a=b"


async def test_a_body_without_length_is_sent_with_one(handler: HandlerServer) -> None:
    async def parts():  # type: ignore[no-untyped-def]
        yield b"a"
        yield b"b"

    await request(handler.url("/ok"), "PUT", content=parts())

    assert handler.requests[0].body == b"ab"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/line-garbage", httpx.RemoteProtocolError),
        ("/short", httpx.RemoteProtocolError),
        ("/reset", httpx.ReadError),
        ("/long?bytes=70000", httpx.ReadError),
        ("/endless", httpx.ReadError),
    ],
)
async def test_what_fails_is_an_error_of_httpx(
    handler: HandlerServer, path: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await request(handler.url(path))


async def test_what_cannot_be_dialled_is_a_connect_error() -> None:
    for url in ("http://127.0.0.1:1/", "http://169.254.169.254/"):
        with pytest.raises(httpx.ConnectError):
            await request(url)
