"""JSON is indented, and no token of it is changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.ui.content.job_detail import job_detail_lines
from sq_console.ui.content.json_layout import indent_json
from sq_console.ui.content.lines import text_of
from sq_console.ui.state.clock import Clock
from tests.ui.jobs import job

TOKENS = (
    *("1.10", "12345678901234567.89", "1e999", "-0", "-0.0", "1E+2", "9" * 5_000),
    *(r'"\u00e9"', '"é"', r'"\/"', r'"a\"b\\"', '"[ { , : }"', "true", "null", '""'),
)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_stays_as_it_is(token: str):
    assert indent_json(f'{{"a":{token},"b":[{token}]}}') == (
        f'{{\n  "a": {token},\n  "b": [\n    {token}\n  ]\n}}'
    )


def test_names_keep_their_order_and_their_duplicates():
    text = '{"b":1,"a":2,"b":{},"c":[]}'

    assert indent_json(text) == '{\n  "b": 1,\n  "a": 2,\n  "b": {},\n  "c": []\n}'


@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda value: [value]),
    ascii_only=st.booleans(),
    indent=st.sampled_from([None, 1, "\t"]),
)
def test_only_white_space_changes(value: object, ascii_only: bool, indent: object):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)  # type: ignore[arg-type]
    if "Infinity" in text:
        return

    shown = indent_json(text, 10**9)

    assert shown is not None
    assert json.loads(shown) == value
    assert _without_space(shown) == _without_space(text)


def _without_space(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    "text",
    ["", "1", '"a"', "{", "[1,]", "{'a':1}", "[NaN]", "[-Infinity]", '["\n"]', "[1] x"],
)
def test_a_text_that_is_no_json_is_not_indented(text: str):
    assert indent_json(text) is None


def test_deep_and_long_texts_are_limited():
    assert indent_json("[" * 30_000 + "]" * 30_000) is None
    deep = indent_json("[" * 400 + "1," * 30_000 + "1" + "]" * 400)
    assert deep is not None
    assert len(deep) < 70_000


@pytest.mark.parametrize("field", ["body", "last_response"])
def test_the_page_shows_the_tokens_of_bodies_and_answers(field: str):
    text = r'{"a":1.10,"b":12345678901234567.89,"a":"\u00e9"}'
    value = text.encode() if field == "body" else text

    page = [
        text_of(line)
        for line in job_detail_lines(job(**{field: value}), [], Clock(), 100)
    ]

    at = page.index("  {")
    assert page[at + 1 : at + 4] == [
        '    "a": 1.10,',
        '    "b": 12345678901234567.89,',
        r'    "a": "\u00e9"',
    ]
