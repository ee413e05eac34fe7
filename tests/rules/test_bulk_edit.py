"""What a bulk edit makes of a url and its headers."""

import pytest

from sq_console.model import BulkEdit
from sq_console.rules.bulk_edit import (
    MOST_MATCHED_CHARS,
    EditedFields,
    edited,
    why_bad_edit,
    why_bad_expression,
)

URL = "http://shop.example/v1/orders/v1/7"


def url_after(edit: BulkEdit, url: str = URL) -> str:
    return edited(edit, EditedFields(url, None)).url


def headers_after(edit: BulkEdit, headers: str | None) -> str | None:
    return edited(edit, EditedFields(URL, headers)).headers


def test_every_occurrence_of_a_text_is_changed():
    assert url_after(BulkEdit("/v1/", "/v2/")) == "http://shop.example/v2/orders/v2/7"


def test_a_text_is_no_expression():
    assert url_after(BulkEdit("v.", "x")) == URL


def test_groups_of_an_expression_can_be_used():
    edit = BulkEdit(r"/orders/([^/]+)/(\d+)$", r"/o/\2/\1", is_expression=True)

    assert url_after(edit) == "http://shop.example/v1/o/7/v1"


def test_a_header_is_set_whatever_its_case_was():
    edit = BulkEdit(set_headers=(("X-Key", "new"),))

    assert headers_after(edit, '{"x-key": "old", "A": "1"}') == (
        '{"A": "1", "X-Key": "new"}'
    )
    assert headers_after(edit, None) == '{"X-Key": "new"}'


def test_a_header_is_removed_and_none_left_is_null():
    edit = BulkEdit(remove_headers=("x-key",))

    assert headers_after(edit, '{"X-Key": "old", "A": "1"}') == '{"A": "1"}'
    assert headers_after(edit, '{"X-Key": "old"}') is None


@pytest.mark.parametrize("headers", [None, '{"A":  "1"}', "[1]", "{", ""])
def test_headers_that_need_no_change_stay_as_they_are_written(headers: str | None):
    assert headers_after(BulkEdit(remove_headers=("B",)), headers) == headers


def test_an_edit_of_nothing_is_refused():
    assert why_bad_edit(BulkEdit()) == "nothing to change"


def test_a_replacement_that_names_no_group_is_refused():
    edit = BulkEdit("(a)", r"\2", is_expression=True)

    assert why_bad_edit(edit) == "bad replacement: invalid group reference 2 at" + (
        " position 1"
    )


@pytest.mark.parametrize(
    "text",
    [
        r"/v(\d+)/orders/(\d+)/(.*)$",
        r"[^/]+/",
        r"a{3}a",
        r"(?P<number>\d+)-",
        r"[]a]+b",
        r"^https://",
    ],
)
def test_an_expression_that_can_only_match_in_one_way_is_taken(text: str):
    assert why_bad_expression(text) is None


@pytest.mark.parametrize(
    "text",
    [
        r"(a+)+$",
        r"(a|aa)*$",
        r".*.*x",
        r".*a",
        r"\d*\d*\d",
        r"a?a?a?aaa",
        r"x{2,9}x",
        r"(x)\1",
        r"(?=a)b",
        r"a{1001}",
        r"[",
        r"(",
        "a" * 501,
    ],
)
def test_an_expression_that_could_take_for_ever_is_refused(text: str):
    assert why_bad_expression(text) is not None


def test_a_very_long_url_matches_no_expression():
    long = f"http://shop.example/{'7' * MOST_MATCHED_CHARS}"

    assert url_after(BulkEdit(r"\d+", "x", is_expression=True), long) == long
