"""Classifies exceptions of the HTTP stack: a short kind and a clause for people.

An exception that another one caused is classified by its cause, which says more. No
exception here counts as a timeout: only our own deadline does. An unknown exception
counts as temporary and is named by its type.
"""

import os
import socket
import ssl
from dataclasses import dataclass

import httpx

from sq_console.processor.http.addresses.address_guard import AddressRefused
from sq_console.processor.http.addresses.dns import InvalidHostName
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)

_DETAIL_CHARS = 200


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call has no response."""

    kind: str
    """For `last_error`: `connection refused`."""
    detail: str = ""
    """Further details, for people."""
    is_permanent: bool = False
    """Another attempt would fail too."""

    @property
    def text(self) -> str:
        """Return kind and detail, for the log."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


def classify(error: BaseException) -> CallError:
    """Classify *error*, which a call raised."""
    causes = _causes(error)
    for cause in causes:
        if call_error := _classify_one(cause):
            return call_error
    return CallError(type(causes[0]).__name__, _one_line(causes[0]))


def _causes(error: BaseException) -> list[BaseException]:
    """Return the root cause first: it says more than the exceptions around it."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and cause not in chain:
        chain.append(cause)
    return chain[::-1]


def _classify_one(error: BaseException) -> CallError | None:
    return (
        _not_callable(error)
        or _dns_or_tls_error(error)
        or _connection_error(error)
        or _protocol_error(error)
    )


def _not_callable(error: BaseException) -> CallError | None:
    """Classify a url or an address that must not, or cannot, be called."""
    match error:
        case AddressRefused():
            return CallError("address refused", _one_line(error), is_permanent=True)
        case InvalidHostName() | httpx.InvalidURL():
            return CallError("bad url", _one_line(error), is_permanent=True)
    return None


def _dns_or_tls_error(error: BaseException) -> CallError | None:
    """Classify an error of the name lookup or of TLS."""
    match error:
        case socket.gaierror():
            return CallError("dns failure", _one_line(error.strerror or error))
        case ssl.SSLError():
            return CallError("tls failure", _tls_detail(error))
    return None


def _tls_detail(error: ssl.SSLError) -> str:
    # Errors raised by Python rather than OpenSSL have neither attribute.
    message: str = getattr(error, "verify_message", "")
    reason: str = getattr(error, "reason", None) or ""
    return _one_line(message or reason.replace("_", " ").lower() or error)


def _connection_error(error: BaseException) -> CallError | None:
    """Classify an error of the connection."""
    match error:
        case ConnectionRefusedError():
            return CallError("connection refused")
        case ConnectionResetError():
            return CallError("connection reset")
        case ConnectionError():
            return CallError("connection closed", _one_line(error))
        case OSError(errno=int(number)):
            return CallError(os.strerror(number).lower())
    return None


def _protocol_error(error: BaseException) -> CallError | None:
    """Classify a response that is malformed or incomplete."""
    match error:
        case ConnectionEnded():
            return CallError("connection closed", _one_line(error))
        case MalformedResponse():
            return CallError("malformed answer", _one_line(error))
    return None


def _one_line(message: object) -> str:
    """Return *message* as one printable line: a server may have put any bytes into
    it.
    """
    line = " ".join(str(message).split())
    return "".join(c if c.isprintable() else "?" for c in line)[:_DETAIL_CHARS]
