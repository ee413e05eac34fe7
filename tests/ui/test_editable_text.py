"""The way back from an edited text to the stored one, for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.ui.state.editable_text import EditableText

CHARACTERS = "ab\r\n\t\x00\x1b\u200b\u0301\ufe0f\ufeff\xa0é\udcff"
RAW = st.one_of(st.text(CHARACTERS), st.text())


@given(raw=RAW, lines=st.booleans())
def test_what_was_not_edited_is_what_was_stored(raw: str, lines: bool):
    editable = EditableText(raw, lines=lines)

    assert editable.restored(editable.text) == raw
    assert not set("\r\x00\x1b\u200b") & set(editable.text)


@given(before=RAW, after=RAW)
def test_a_line_put_between_others_leaves_them_as_they_are(before: str, after: str):
    raw = f"{before}\r\nmiddle\r\n{after}"
    typed = EditableText(raw).text.replace("middle", "MIDDLE 2")

    assert EditableText(raw).restored(typed) == raw.replace("middle", "MIDDLE 2")


@given(old=st.text("ab\n"), new=st.text("abc\n"))
def test_plain_text_becomes_what_was_typed(old: str, new: str):
    assert EditableText(old).restored(new) == new


@given(old=st.text("ab\n"), new=st.text("abc\n"))
def test_lines_that_end_in_crlf_all_do_afterwards(old: str, new: str):
    raw = f"a\n{old}".replace("\n", "\r\n")

    assert EditableText(raw).restored(new) == new.replace("\n", "\r\n")


@pytest.mark.slow
def test_a_body_of_equal_lines_is_edited_without_a_long_search():
    raw = "a\n" * 30_000

    assert EditableText(raw).restored("b\n" + raw + "c") == "b\n" + raw + "c"
    assert EditableText(raw).restored("b\n" * 30_000) == "b\n" * 30_000
