"""The server of the metrics against who is slow, who sends nonsense, and who comes in
crowds.
"""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from sq_console.config import ListenAddress
from sq_console.daemon.metrics import http_server
from sq_console.daemon.metrics.http_server import (
    MOST_CONNECTIONS,
    HttpServer,
    open_socket,
)
from sq_console.daemon.metrics.pages import Page
from tests.daemon.metrics_page import fetch
from tests.waiting import eventually

BIG = b"x" * 20_000_000
Address = tuple[str, int]


def answer(path: str, accept: str) -> Page:
    if path == "/broken":
        raise ValueError("a fault of ours")
    return Page(200, BIG if path == "/big" else f"{path} {accept}".encode())


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """Where one listens, that waits for a second where the real one waits for five."""
    monkeypatch.setattr(http_server, "CONNECTION_SECS", 1.0)
    listening = open_socket(ListenAddress("127.0.0.1", 0))
    found: Address = listening.getsockname()
    server = HttpServer(listening, answer)
    server.begin_serving()
    yield found
    server.stop_serving()
    with pytest.raises(OSError):
        socket.create_connection(found, 1).close()


def sent(address: Address, data: bytes) -> bytes:
    """All that comes back for *data*."""
    with socket.create_connection(address, 10) as connection:
        connection.sendall(data)
        back = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                back += piece
        return back


def is_well(address: Address) -> bool:
    with contextlib.suppress(OSError):
        return fetch(f"127.0.0.1:{address[1]}", "/", "x") == (200, "/ x")
    return False


def test_it_answers_get_and_head(address: Address) -> None:
    assert is_well(address)
    head = sent(address, b"HEAD /12345 HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"Content-Length: 7\r\n" in head
    assert head.endswith(b"\r\n\r\n")
    assert sent(address, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"\r\n\r\n", b"400 Bad Request"),
        (b"GET /\r\n\r\n", b"400 Bad Request"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400 Bad Request"),
        (b"GET / HTTP/2\r\n\r\n", b"400 Bad Request"),
        (b"POST / HTTP/1.1\r\n\r\n", b"405 Method Not Allowed"),
        (b"GET /broken HTTP/1.1\r\n\r\n", b"500 Internal Server Error"),
    ],
)
def test_what_is_no_request_is_answered_in_one_line(
    address: Address, data: bytes, line: bytes
) -> None:
    assert sent(address, data).startswith(b"HTTP/1.1 " + line)
    assert is_well(address)


def test_a_head_without_end_is_not_read_on(address: Address) -> None:
    with contextlib.suppress(OSError):
        sent(address, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000)
    assert is_well(address)


def test_who_reads_or_sends_slowly_is_left_after_a_while(address: Address) -> None:
    with (
        socket.create_connection(address, 10) as reader,
        socket.create_connection(address, 10) as silent,
    ):
        reader.sendall(b"GET /big HTTP/1.1\r\n\r\n")
        assert is_well(address), "they delay nobody"
        with contextlib.suppress(ConnectionResetError):
            assert silent.recv(1) == b""
        got = 0  # of what was on its way when the time of the reader was over
        with contextlib.suppress(ConnectionResetError):
            while piece := reader.recv(65_536):
                got += len(piece)
        assert got < len(BIG)


def test_a_crowd_is_refused_and_does_not_stay(address: Address) -> None:
    with contextlib.ExitStack() as crowd:
        for _ in range(3 * MOST_CONNECTIONS):
            crowd.enter_context(socket.create_connection(address, 10))
        eventually(lambda: is_well(address))
