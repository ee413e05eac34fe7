"""Exceptions of the HTTP stack, classified as short kinds."""

import errno
import socket
import ssl

import httpx
import pytest

from sq_console.processor.http.call_errors import classify
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), "connection refused"),
        (ConnectionResetError(errno.ECONNRESET, "x"), "connection reset"),
        (BrokenPipeError(errno.EPIPE, "x"), "connection closed"),
        (ConnectionAbortedError("SSL handshake is slow"), "connection closed"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to host"),
        (TimeoutError(errno.ETIMEDOUT, "x"), "connection timed out"),
        (socket.gaierror(-2, "Name or service not known"), "dns failure"),
        (ssl.SSLError(1, "x"), "tls failure"),
        (ConnectionEnded("without an answer"), "connection closed"),
        (MalformedResponse("Invalid status code"), "malformed answer"),
    ],
)
def test_the_kind_names_the_cause_not_the_exceptions_around_it(
    error: BaseException, kind: str
) -> None:
    wrapped = caused(httpx.ConnectTimeout(""), caused(RuntimeError(), error))

    assert classify(wrapped).kind == kind
    assert not classify(wrapped).is_permanent


def test_an_unknown_cause_is_named_by_its_type() -> None:
    failure = classify(caused(httpx.ReadError(""), RuntimeError("a\x1b[2J\nb" * 200)))

    assert failure.kind == "RuntimeError"
    assert failure.text.isprintable()
    assert len(failure.text) < 255
