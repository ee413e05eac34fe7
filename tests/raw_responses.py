"""Responses as bytes, by path: odd, old, broken and hostile. The test handler sends
them unchanged and closes the connection.
"""

import gzip
from collections.abc import Callable, Mapping
from functools import cache, partial


def head(status: int, headers: Mapping[str, str], *, reason: str = "Reason") -> bytes:
    """Return a status line and headers, including the empty line."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{n}: {v}" for n, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def whole(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a well-formed response."""
    length = {"Content-Length": str(len(body))}
    return head(status, length | dict(headers or {})) + body


_GZIP = {"Content-Encoding": "gzip"}
_TWICE = {"Content-Encoding": "gzip, gzip"}


@cache
def bomb(times: int) -> bytes:
    """Return 60 MB of zeros, compressed *times* times: 60 KB, then some hundred bytes.
    It is made while its call waits, and so of 60 members alike: in no time.
    """
    squeezed = gzip.compress(bytes(1_000_000), 9) * 60
    for _ in range(times - 1):
        squeezed = gzip.compress(squeezed, 9)
    return squeezed


_FIXED = {
    # Sound, though odd: 200 is 200.
    "/http10": b"HTTP/1.0 200 OK\r\n\r\nold style",
    "/no-length": head(200, {}) + b"until I close",
    "/no-reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/latin-1-reason": b"HTTP/1.1 200 D\xe9j\xe0\r\nContent-Length: 2\r\n\r\nok",
    "/latin-1-header": b"HTTP/1.1 200 OK\r\nX: \xe9\r\nContent-Length: 2\r\n\r\nok",
    "/escape-reason": b"HTTP/1.1 200 \x1b[2J\r\nContent-Length: 2\r\n\r\nok",
    "/chunked": head(200, {"Transfer-Encoding": "chunked"})
    + b"4\r\nin p\r\n5\r\narts!\r\n0\r\n\r\n",
    "/early-hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    + whole(200, b"after a hint"),
    "/bad-gzip": whole(200, b"this is no gzip", _GZIP),
    # Not a response.
    "/switch": head(101, {"Upgrade": "chat", "Connection": "Upgrade"}) + b"hello",
    "/line-short": b"HTTP/1.1 99\r\n\r\n",
    "/line-version": b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "/line-garbage": b"\x00\xff\x13garbage\r\n\r\n",
    "/ssh": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "/http09": b"<html>no status line</html>",
    "/nul-header": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok",
    "/two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n"
    b"\r\nok!",
    "/negative-length": head(200, {"Content-Length": "-2"}) + b"ok",
    "/length-and-chunked": head(
        200, {"Content-Length": "2", "Transfer-Encoding": "chunked"}
    )
    + b"2\r\nok\r\n0\r\n\r\n",
    "/bad-chunk": head(200, {"Transfer-Encoding": "chunked"}) + b"zz\r\nok\r\n",
    "/big-header": head(200, {"X": "x" * 200_000}) + b"ok",
    "/many-headers": head(200, {f"X-{number}": "x" for number in range(20_000)}),
    # Broken off.
    "/short": head(200, {"Content-Length": "100"}) + b"x" * 50,
    "/cut-chunk": head(200, {"Transfer-Encoding": "chunked"}) + b"9\r\nin p",
    "/no-last-chunk": head(200, {"Transfer-Encoding": "chunked"}) + b"4\r\nin p\r\n",
    "/cut-head": b"HTTP/1.1 200 OK\r\nContent-Le",
}


def _bomb_response(times: int, headers: Mapping[str, str]) -> bytes:
    return whole(200, bomb(times), headers)


def _fixed(wire: bytes) -> bytes:
    return wire


WIRES: dict[str, Callable[[], bytes]] = {
    **{path: partial(_fixed, wire) for path, wire in _FIXED.items()},
    "/gzip-bomb": partial(_bomb_response, 1, _GZIP),
    "/gzip-gzip-bomb": partial(_bomb_response, 2, _TWICE),
}
