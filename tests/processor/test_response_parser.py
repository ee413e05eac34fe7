"""The limits of what is read of a response, and that no bytes break the parser."""

import itertools
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.processor.http.transport.response_parser import (
    MAX_HEAD_BYTES,
    MAX_INTERIM_RESPONSES,
    ResponseParser,
)
from sq_console.processor.http.transport.transport_errors import (
    ConnectionEnded,
    MalformedResponse,
)
from tests.processor.generated_responses import generated
from tests.raw_responses import head, whole

CHUNKED = head(200, {"Transfer-Encoding": "chunked"})


def read(*packets: bytes, method: str = "GET") -> tuple[Response, bool]:
    """Return a complete response, and whether the connection may be used again."""
    parser = ResponseParser(method)
    assert any(parser.feed(packet) for packet in packets)
    return parser.response(), parser.may_reuse


@pytest.mark.parametrize(
    ("wire", "may_reuse"),
    [
        (whole(200, b"ok"), True),
        (whole(200, b""), True),
        (whole(200, b"ok", {"Connection": "close"}), False),
        (whole(200, b"ok", {"Connection": "Keep-Alive, Close"}), False),
        (whole(200, b"ok").replace(b"/1.1", b"/1.0"), False),
        (whole(200, b"ok", {"Connection": "Keep-Alive"}).replace(b".1", b".0"), True),
        (head(204, {}), True),
        (head(204, {"Connection": "close"}), False),
        (head(204, {}).replace(b"/1.1", b"/1.0"), False),
        (head(101, {"Upgrade": "chat", "Connection": "Upgrade"}), False),
        (head(101, {}), False),
        (CHUNKED + b"0\r\n\r\n", True),
        (CHUNKED + b"0\r\nTrailer: x\r\n\r\n", True),
        (whole(200, b"ok") + b"\r\n", False),
    ],
)
def test_a_connection_may_be_used_again_when_both_sides_know_where_it_stands(
    wire: bytes, may_reuse: bool
) -> None:
    assert read(wire)[1] is may_reuse


@pytest.mark.parametrize("length", [None, "0", "5"])
def test_a_head_request_has_no_body_whatever_it_announces(length: str | None) -> None:
    wire = head(200, {} if length is None else {"Content-Length": length})

    response, may_reuse = read(wire, method="HEAD")

    assert (response.size, may_reuse) == (0, length != "5")


def test_trailers_do_not_become_headers() -> None:
    response, _ = read(CHUNKED + b"2\r\nok\r\n0\r\nX-Bitlancer-Url: http://x/\r\n\r\n")

    assert response.headers.keys() == {b"transfer-encoding"}


def test_headers_of_an_interim_response_do_not_become_headers() -> None:
    response, _ = read(head(103, {"X-Bitlancer-Url": "http://x/"}) + whole(200, b"ok"))

    assert response.headers.keys() == {b"content-length"}


@pytest.mark.parametrize(
    "interim",
    [
        head(100, {"Connection": "close"}),
        head(103, {}).replace(b"/1.1", b"/1.0"),
        head(100, {"Content-Length": "5"}),
        head(102, {"Transfer-Encoding": "chunked"}),
        head(100, {"Upgrade": "h2c", "Connection": "Upgrade"}),
    ],
)
def test_nothing_of_an_interim_response_says_where_the_response_ends(
    interim: bytes,
) -> None:
    for packets in ([interim * 2 + whole(200, b"ok")], [interim, whole(200, b"ok")]):
        response, may_reuse = read(*packets)

        assert (response.status_code, response.body, may_reuse) == (200, b"ok", True)


def test_a_body_is_read_to_a_limit_and_kept_to_another() -> None:
    parser = ResponseParser("GET")
    piece = b"x" * 100_000
    parser.feed(head(200, {"Content-Length": "1000000000"}))

    fed = next(number for number in range(100) if parser.feed(piece))

    response = parser.response()
    assert (fed + 1) * len(piece) >= READ_BYTES
    assert fed * len(piece) < READ_BYTES
    assert not response.is_complete
    assert response.body == b"x" * KEPT_BYTES


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"", b"\r\n" * 500),
        (b"HTTP/1.1 200 ", b"x" * 1_000),
        (b"HTTP/1.1 200 OK\r\n", b"x" * 1_000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1_000),
        (b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * 250),
        (CHUNKED + b"0", b"0" * 1_000),
        (CHUNKED + b"1;", b"x" * 1_000),
        (CHUNKED + b"0\r\nX: ", b"x" * 1_000),
        (CHUNKED + b"0\r\n", b"a:b\r\n" * 200),
    ],
)
def test_a_head_or_a_trailer_without_end_is_malformed(
    begin: bytes, more: bytes
) -> None:
    parser = ResponseParser("GET")
    if begin:
        parser.feed(begin)

    with pytest.raises(MalformedResponse):
        for _ in range(2 + MAX_HEAD_BYTES // 1_000):
            parser.feed(more)


def test_interim_responses_without_end_are_malformed() -> None:
    parser = ResponseParser("GET")
    parser.feed(head(102, {}) * MAX_INTERIM_RESPONSES)

    with pytest.raises(MalformedResponse, match="interim"):
        parser.feed(head(102, {}))


def consume(packets: list[bytes], method: str = "GET") -> None:
    """Feed *packets* as a connection does."""
    parser = ResponseParser(method)
    try:
        if not any(parser.feed(packet) for packet in packets):
            parser.end()
        response = parser.response()
        assert len(response.body) <= min(response.size, KEPT_BYTES)
        assert 100 <= response.status_code <= 999
    except (MalformedResponse, ConnectionEnded) as error:
        assert str(error).isprintable()


@given(
    begin=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", CHUNKED, head(200, {})]),
    packets=st.lists(st.binary(min_size=1), max_size=20),
    method=st.sampled_from(["GET", "HEAD"]),
)
def test_any_bytes_are_a_response_or_not(
    begin: bytes, packets: list[bytes], method: str
) -> None:
    consume([begin, *packets] if begin else packets, method)


def damaged(chance: random.Random, number: int) -> list[bytes]:
    """Return response *number* with bytes changed, in a few packets."""
    wire = bytearray(generated(number).wire or b"?")
    for _ in range(chance.randrange(8)):
        wire[chance.randrange(len(wire))] = chance.randrange(256)
    cuts = sorted(chance.choices(range(len(wire) + 1), k=chance.randrange(5)))
    edges = itertools.pairwise([0, *cuts, len(wire)])
    return [bytes(wire[begin:end]) for begin, end in edges if begin < end]


@pytest.mark.slow
def test_ten_million_damaged_bytes_break_nothing_and_take_no_memory() -> None:
    chance = random.Random(7)
    left = 10_000_000
    number = before = 0
    tracemalloc.start()
    try:
        while left > 0:
            packets = damaged(chance, number)
            consume(packets)
            left -= sum(map(len, packets))
            number += 1
            if number == 500:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert number > 1_000
    assert after - before < 1_000_000  # other threads of the tests allocate too
