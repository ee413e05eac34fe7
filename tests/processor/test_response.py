"""Bodies of responses as text, with any bytes and any declared charset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.processor.http.response import Response


def text(body: bytes, content_type: bytes = b"", **values: object) -> str:
    headers = {b"content-type": [content_type]} if content_type else {}
    answer = Response(200, headers, body, len(body))
    return answer._replace(**values).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        ("é".encode(), b"", "é"),
        (b"\xef\xbb\xbfbom", b"text/plain; charset=UTF-8", "bom"),
        (b"\xe9\x93", b"text/plain; charset=ISO-8859-1", "é“"),
        (b"\xe9", b'text/plain; charset="windows-1252"', "é"),
        (b"\xe9", b"text/plain; charset=us-ascii", "\ufffd"),
        ("aé".encode("utf-16"), b"text/plain; charset=utf-16", "aé"),
        ("aé".encode("utf-16-le"), b"text/plain; charset=UTF-16", "aé"),
        (b"\xfe\xff\x00a", b"text/plain; charset=utf-16", "a"),
        (b"\xff", b"text/plain; charset=utf-16", "\ufffd"),
        ("aé".encode("utf-16-be"), b"text/plain; charset=utf-16be", "aé"),
        (b"a\xd8", b"text/plain; charset=utf-16le", "\ufffd"),
        (b"4142", b"text/plain; charset=hex", "4142"),
        (b"\\u001b", b"text/plain; charset=unicode_escape", "\\u001b"),
    ],
)
def test_only_a_few_charsets_are_decoded(
    body: bytes, content_type: bytes, shown: str
) -> None:
    assert text(body, content_type) == shown


CHARSETS = st.text(max_size=20) | st.sampled_from(
    ["utf-16", "utf-16le", "utf-16be", "latin1", "cp1252", "utf-8", "utf-7", "hex"]
)


@given(body=st.binary(max_size=200), charset=CHARSETS, cut=st.booleans())
def test_any_body_becomes_text(body: bytes, charset: str, cut: bool) -> None:
    declared = f"text/plain; charset={charset}".encode()

    shown = text(body, declared, is_complete=not cut)

    shown.encode()  # no half of a surrogate pair among them


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        (b"gzip", "[compressed body not shown: gzip, 3 bytes]"),
        (b"br, gzip", "[compressed body not shown: br, gzip, 3 bytes]"),
        (b"identity", "abc"),
        (b"", "abc"),
    ],
)
def test_a_compressed_body_is_not_shown(encoding: bytes, shown: str) -> None:
    assert Response(200, {b"content-encoding": [encoding]}, b"abc", 3).text == shown
