"""The same transport for httpx: for its client, and so that another transport of httpx
can be compared with this one.

    async with httpx.AsyncClient(transport=HttpxTransport(sender)) as client:

The processor does not use it: building a Request, a URL and a Response of httpx takes
longer than the call itself.
"""

import httpx

from sq_console.processor.http.addresses.address_guard import AddressRefused
from sq_console.processor.http.addresses.dns import InvalidHostName
from sq_console.processor.http.prepared_request import PreparedRequest, Sent
from sq_console.processor.http.request_target import DEFAULT_PORTS, RequestTarget
from sq_console.processor.http.response import Response
from sq_console.processor.http.transport.sender import Sender
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
    NotSent,
)

_OURS = frozenset({b"host", b"content-length", b"transfer-encoding"})


class HttpxTransport(httpx.AsyncBaseTransport):
    """Sends requests of httpx. A body is read whole; a response that is longer than the
    *sender* keeps is an error. Timeouts of httpx are not obeyed: the caller has one
    deadline around the whole call.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request* once. Raises TransportError; its cause says more."""
        prepared = _prepared(request, await request.aread())
        try:
            response = await self._sender.send(prepared)
        except (MalformedResponse, ConnectionEnded) as error:
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except (OSError, AddressRefused, InvalidHostName, NotSent) as error:
            is_sent = prepared.sent is not Sent.NOTHING
            kind = httpx.ReadError if is_sent else httpx.ConnectError
            raise kind(str(error), request=request) from error
        if not response.is_complete or response.size > len(response.body):
            raise httpx.ReadError("the response is too long", request=request)
        return httpx.Response(
            response.status_code, headers=_headers(response), content=response.body
        )

    async def aclose(self) -> None:
        """Close every idle connection."""
        await self._sender.aclose()


def _prepared(request: httpx.Request, body: bytes) -> PreparedRequest:
    target = _target(request.url)
    lines = [f"{request.method} {target.path_and_host}".encode("ascii")]
    for name, value in request.headers.raw:
        if name.lower() not in _OURS:
            lines.append(b"%s: %s\r\n" % (name, value))
    if body or "content-length" in request.headers:
        lines.append(b"Content-Length: %d\r\n" % len(body))
    lines.append(b"\r\n")
    return PreparedRequest(target, request.method, b"".join(lines), body)


def _target(url: httpx.URL) -> RequestTarget:
    default_port = DEFAULT_PORTS[url.scheme]
    port = url.port or default_port
    path = url.raw_path.decode("ascii")
    host = url.netloc.rpartition(b"@")[2].decode("ascii")
    return RequestTarget(
        path_and_host=f"{path} HTTP/1.1\r\nHost: {host}\r\n",
        path_and_query=path,
        origin=f"{url.scheme}://{host}",
        host=url.raw_host.decode("ascii"),
        port=port,
        is_default_port=port == default_port,
        is_tls=url.scheme == "https",
        authorization=None,
    )


def _headers(response: Response) -> list[tuple[bytes, bytes]]:
    return [
        (name, value) for name, values in response.headers.items() for value in values
    ]
