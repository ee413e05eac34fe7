"""What it means that there is no answer: an exception of the HTTP stack, as a short
kind and a clause for people.

httpx over aiohttp calls nearly everything a connect timeout, a refused connection and
an unknown name included, so its own words are ignored and the cause under them is
asked. Nothing here is a timeout: only our own deadline is. What is not known counts as
temporary and is named by its type.
"""

import os
import socket
import ssl
from dataclasses import dataclass

import aiohttp
import httpx
from aiohttp import http_exceptions

from sq_console.processor.http.addresses.address_guard import AddressRefused
from sq_console.processor.http.addresses.dns import InvalidHostName

_DETAIL_CHARS = 200


@dataclass(frozen=True, slots=True)
class CallError:
    """Why there is no answer."""

    kind: str
    """For `last_error`: `connection refused`."""
    detail: str = ""
    """What more is known."""
    is_permanent: bool = False
    """Calling again will not help."""

    @property
    def text(self) -> str:
        """Kind and detail, for the log."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


def classify(error: BaseException) -> CallError:
    """What *error*, raised by a call, comes to."""
    causes = _causes(error)
    for cause in causes:
        if failure := _explain_one(cause):
            return failure
    return CallError(type(causes[0]).__name__, _short(causes[0]))


def _causes(error: BaseException) -> list[BaseException]:
    """The root of the matter first: what aiohttp wraps says more than the wrapping."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and cause not in chain:
        chain.append(cause)
    return chain[::-1]


def _explain_one(error: BaseException) -> CallError | None:
    return (
        _refused(error)
        or _not_reached(error)
        or _not_connected(error)
        or _not_answered(error)
    )


def _refused(error: BaseException) -> CallError | None:
    """It must not, or cannot, be called at all."""
    match error:
        case AddressRefused():
            return CallError("address refused", _short(error), is_permanent=True)
        case InvalidHostName() | aiohttp.InvalidURL() | httpx.InvalidURL():
            return CallError("bad url", _short(error), is_permanent=True)
        case aiohttp.NonHttpUrlClientError():
            return CallError("bad url", "not http or https", is_permanent=True)
    return None


def _not_reached(error: BaseException) -> CallError | None:
    """The name server or TLS said no."""
    match error:
        case socket.gaierror():
            return CallError("dns failure", _short(error.strerror or error))
        case ssl.SSLError():
            return CallError("tls failure", _tls_detail(error))
    return None


def _tls_detail(error: ssl.SSLError) -> str:
    # Those made by Python rather than OpenSSL have neither attribute.
    message: str = getattr(error, "verify_message", "")
    reason: str = getattr(error, "reason", None) or ""
    return _short(message or reason.replace("_", " ").lower() or error)


def _not_connected(error: BaseException) -> CallError | None:
    """The network said no."""
    match error:
        case ConnectionRefusedError():
            return CallError("connection refused")
        case ConnectionResetError():
            return CallError("connection reset")
        case ConnectionError():
            return CallError("connection closed", _short(error))
        case OSError(errno=int(number)):
            return CallError(os.strerror(number).lower())
    return None


def _not_answered(error: BaseException) -> CallError | None:
    """It was connected, and what came is no answer."""
    match error:
        case aiohttp.ServerDisconnectedError():
            return CallError("connection closed", "without an answer")
        case (
            http_exceptions.ContentLengthError()
            | http_exceptions.TransferEncodingError()
        ):
            return CallError("connection closed", "in the middle of the answer")
        case http_exceptions.HttpProcessingError() | aiohttp.ClientResponseError():
            return CallError("malformed answer", _short(error.message))
    return None


def _short(what: object) -> str:
    """One line without the bytes a server may have put into it, nor the parser's mark
    under one of them.
    """
    line = " ".join(str(what).split()).removesuffix(" ^")
    return "".join(c if c.isprintable() else "?" for c in line)[:_DETAIL_CHARS]
