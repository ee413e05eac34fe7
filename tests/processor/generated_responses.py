"""Responses by the thousand: valid ones, odd ones and broken ones, from a seed.

A response is put together from parts and then perhaps damaged: bytes changed, cut out,
put in, or the end missing.
"""

import random
from dataclasses import dataclass

STATUS_LINES = [
    *[b"HTTP/1.1 200 OK"] * 12,
    b"HTTP/1.0 200 OK",
    b"HTTP/1.1 200",
    b"HTTP/1.1 200 ",
    b"HTTP/1.1 200 D\xe9j\xe0 vu",
    b"HTTP/1.1 503 Service Unavailable",
    b"HTTP/1.1 404 Not Found",
    b"HTTP/1.1 302 Found",
    b"HTTP/1.1 999 Odd",
    b"HTTP/1.1 299 \x1b[2J",
]
HEADERS = [
    b"Server: nginx",
    b"Content-Type: text/plain; charset=utf-8",
    b"X-Empty:",
    b"X-Spaces:   padded   ",
    b"X-Latin: \xe9\xff",
    b"X-Tab:\ta\tb",
    b"Set-Cookie: a=b; Path=/",
    b"Connection: keep-alive",
    b"Connection: close",
    b"X-Long: " + b"x" * 3_000,
    b"X-Folded: one\r\n two",
    b"Date: Fri, 27 Nov 2026 05:11:08 GMT",
]
ODD_HEADERS = [
    b"no colon here",
    b"X-Space : before the colon",
    b": no name",
    b"X-Nul: a\0b",
    b"Content-Length: 2",
    b"Content-Length: -1",
    b"Content-Length: 5, 5",
    b"Content-Length: 0x5",
    b"Content-Length: 99999999999999999999999",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: chunked",
    b"X: a\rb",
    b"\xc3\xa9: b",
]
ODD_LINES = [
    b"HTTP/1.1  200 OK",
    b"HTTP/1.1 20 OK",
    b"HTTP/1.1 2000 OK",
    b"HTTP/1.1 099 OK",
    b"HTTP/1.1\t200 OK",
    b"HTTP/1.1 200OK",
    b"HTTP/1.2 200 OK",
    b"HTTP/2 200",
    b"http/1.1 200 OK",
    b"ICY 200 OK",
    b"RTSP/1.0 200 OK",
    b"<html>",
    b"SSH-2.0-OpenSSH_9.2p1",
    b"",
]
BODIES = [b"", b"ok", b"hello world", bytes(range(256)), b"\r\n\r\n", b"x" * 5_000]
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


@dataclass(frozen=True)
class Generated:
    """One response."""

    number: int
    wire: bytes
    """The connection is closed after it."""


def generated(number: int) -> Generated:
    """Return response *number*; the same one at each call."""
    chance = random.Random(number)
    wire = _sound(chance)
    if number % 3 == 2:
        wire = _damaged(chance, wire)
    return Generated(number, wire)


def _sound(chance: random.Random) -> bytes:
    """Return a response that is valid, or odd in a way that servers are."""
    is_odd = chance.random() < 0.3
    line = chance.choice(STATUS_LINES)
    headers = chance.sample(HEADERS, chance.randrange(5))
    if is_odd and chance.random() < 0.5:
        line = chance.choice(ODD_LINES)
    elif is_odd:
        headers.append(chance.choice(ODD_HEADERS))
    body = chance.choice(BODIES)
    framing = chance.choice(("length", "chunks", "close", "length"))
    if framing == "length":
        headers.append(b"Content-Length: %d" % len(body))
    elif framing == "chunks":
        headers.append(b"Transfer-Encoding: chunked")
        body = _chunked(chance, body)
    chance.shuffle(headers)
    end = b"\n" if chance.random() < 0.1 else b"\r\n"
    head = end.join([line, *headers, b"", b""])
    before = INTERIM * chance.choice((0, 0, 0, 0, 1, 2))
    after = (
        chance.choice((b"", b"", b"", b"EXTRA", b"\0")) if framing != "close" else b""
    )
    return before + head + body + after


def _chunked(chance: random.Random, body: bytes) -> bytes:
    wire = b""
    at = 0
    while at < len(body):
        size = chance.randint(1, len(body) - at)
        size_text = chance.choice((b"%x", b"%X", b"0%x")) % size
        extension = chance.choice((b"", b"", b"", b";a=b", b";q"))
        wire += size_text + extension + b"\r\n" + body[at : at + size] + b"\r\n"
        at += size
    trailers = chance.choice((b"", b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"))
    return wire + b"0\r\n" + trailers + b"\r\n"


def _damaged(chance: random.Random, wire: bytes) -> bytes:
    at = chance.randrange(len(wire))
    damage = chance.choice(("change", "cut", "insert", "end", "swap"))
    if damage == "end":
        return wire[:at]
    if damage == "cut":
        return wire[:at] + wire[at + chance.randint(1, 4) :]
    if damage == "insert":
        junk = chance.choice((b"\r\n", b"\n", b" ", b"\0", b"0", b"\xff", b":"))
        return wire[:at] + junk + wire[at:]
    if damage == "swap" and at + 1 < len(wire):
        return wire[:at] + wire[at + 1 : at + 2] + wire[at : at + 1] + wire[at + 2 :]
    return wire[:at] + bytes([chance.randrange(256)]) + wire[at + 1 :]
