"""The request headers of a job, from a column that may hold anything."""

import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sq_console.rules.contract import parse_headers

TEXT = st.text(st.characters(codec="utf-8"))
TOKENS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~", min_size=1)
FIXED = (
    *("Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"),
    "Expect",
    *("X-Bitlancer-Job-Id", "Idempotency-Key"),
)

BAD_HEADERS = {
    "{": "bad header: not JSON",
    "nonsense": "bad header: not JSON",
    "[" * 100_000: "bad header: not JSON",
    '{"A": ' + "9" * 5_000 + "}": "bad header: not JSON",
    "[]": "bad header: not a JSON object",
    '"text"': "bad header: not a JSON object",
    "1": "bad header: not a JSON object",
    '{"A": 1}': "bad header: A is not a string",
    '{"A": null}': "bad header: A is not a string",
    '{"A": ["b"]}': "bad header: A is not a string",
    '{"": "b"}': "bad header: '' is not a header name",
    '{"A B": "b"}': "bad header: 'A B' is not a header name",
    '{"A:": "b"}': "bad header: 'A:' is not a header name",
    '{"A\\n": "b"}': "bad header: 'A\\n' is not a header name",
    '{"Ä": "b"}': "bad header: 'Ä' is not a header name",
    '{"A": "b\\r\\nC: d"}': "bad header: A holds a character that cannot be sent",
    '{"A": "\\u0000"}': "bad header: A holds a character that cannot be sent",
    '{"A": "\\u007f"}': "bad header: A holds a character that cannot be sent",
    '{"A": "€"}': "bad header: A holds a character that cannot be sent",
}


@pytest.mark.parametrize("raw", [None, "", " \n", "null", "{}"])
def test_no_headers_are_no_headers(raw: str | None) -> None:
    assert parse_headers(raw) == {}


@given(headers=st.dictionaries(TOKENS, st.text(st.characters(codec="latin-1"))))
def test_headers_that_can_be_sent_are_taken_as_they_stand(
    headers: dict[str, str],
) -> None:
    sendable = {
        name: "".join(c for c in value if c == "\t" or c.isprintable())
        for name, value in headers.items()
        if name.title() not in FIXED
    }

    assert parse_headers(json.dumps(sendable)) == sendable


@pytest.mark.parametrize(
    ("raw", "why"), BAD_HEADERS.items(), ids=range(len(BAD_HEADERS))
)
def test_other_headers_are_refused_with_a_short_reason(raw: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_headers(raw)

    assert str(caught.value) == why


@pytest.mark.parametrize("spell", [str, str.lower, str.upper])
@pytest.mark.parametrize("name", FIXED)
def test_a_job_sets_none_of_the_headers_that_are_ours(
    name: str, spell: type[str]
) -> None:
    with pytest.raises(ValueError, match="is not the job's to set"):
        parse_headers(json.dumps({spell(name): "x"}))


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(raw=TEXT | ANY_JSON.map(json.dumps))
@example('{"\ud800": ""}')
@example("\ufeff{}")
def test_whatever_the_column_holds_the_reason_fits_and_begins_alike(raw: str) -> None:
    try:
        parsed = parse_headers(raw)
    except ValueError as error:
        assert str(error).startswith("bad header: ")
        assert len(str(error)) <= 255
    else:
        assert all(isinstance(value, str) for value in parsed.values())
