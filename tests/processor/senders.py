"""A sender of one's own, and requests for it."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sq_console.config import ProcessorSettings
from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.dns import GuardedResolver
from sq_console.processor.http.prepared_request import PreparedRequest
from sq_console.processor.http.request_target import parse_target
from sq_console.processor.http.transport.dialer import Dialer
from sq_console.processor.http.transport.sender import Sender
from sq_console.processor.http.transport.trust import shared_tls
from tests.processor.claimed_jobs import SQLITE


@asynccontextmanager
async def make_sender(
    tls: ssl.SSLContext | None = None,
    may_send: Callable[[], bool] = lambda: True,
    max_idle: int = 100,
) -> AsyncIterator[Sender]:
    """A sender that may call every address but the forbidden ones."""
    guard = AddressGuard(ProcessorSettings(), SQLITE)
    resolver = GuardedResolver(guard)
    sender = Sender(guard, resolver, tls or shared_tls(), max_idle, may_send)
    try:
        yield sender
    finally:
        await sender.aclose()


def make_dialer() -> Dialer:
    """Return a dialer that may dial every address but the forbidden ones."""
    guard = AddressGuard(ProcessorSettings(), SQLITE)
    return Dialer(guard, GuardedResolver(guard), shared_tls())


def prepared(method: str, url: str, body: bytes = b"") -> PreparedRequest:
    """A request with no headers but those HTTP demands."""
    target = parse_target(method, url)
    head = f"{method} {target.path_and_host}"
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return PreparedRequest(target, method, f"{head}{length}\r\n".encode(), body)
