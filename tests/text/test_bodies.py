"""Bodies are read as UTF-8 or as text of their column."""

import pytest

from sq_console.text.bodies import body_as_text, body_encoding


@pytest.mark.parametrize(
    ("body", "codec", "expected"),
    [
        ("Grüße 😀".encode(), "utf-8", "Grüße 😀"),
        ("Grüße".encode(), "cp1252", "Grüße"),
        ("Grüße".encode("cp1252"), "cp1252", "Grüße"),
        ("Жар".encode("cp1251"), "cp1251", "Жар"),
        ("ab".encode("utf-16-be"), "utf-16-be", "ab"),
        (b"\xe9\xff", "utf-8", None),
        (b"\x81\xff", "cp1252", None),
    ],
)
def test_a_body_is_read_as_utf8_or_as_its_column(
    body: bytes, codec: str, expected: str | None
):
    encoding = body_encoding(body, codec)

    assert (encoding and body.decode(encoding)) == expected
    assert expected is None or body_as_text(body, codec) == expected


def test_what_is_no_text_shows_its_bytes():
    assert body_as_text(b"a\xe9\xff", "utf-8") == r"a\xe9\xff"
