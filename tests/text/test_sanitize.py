"""Foreign text: everything a terminal would obey is visible and harmless."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.text.sanitize import clean


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain text, ok?", "plain text, ok?"),
        ("\x1b[2J\x00\x7f", "␛[2J␀␡"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("one\ntwo\tthree", "one⏎two three"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("a\u200db\u2066c\u200fd\ufeff", "a\\u200db\\u2066c\\u200fd\\ufeff"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("\ud800", "\ufffd"),
        ("z" + "\u0301" * 9, "z" + "\u0301" * 3),
        ("\u0301alone", "\u25cc\u0301alone"),
        ("❤\ufe0f", "❤"),
        ("👍🏽", "👍\\U0001f3fd"),
        ("🇩🇪", "\\U0001f1e9\\U0001f1ea"),
        ("हिन्दी", "हिन्दी"),
        ("\u093f", "\u25cc\u093f"),
        ("\u1112\u1161\u11ab", "\u1112\u1161\u11ab"),
        ("\u1161", "\u25cc\u1161"),
        ("日本語 naïve €", "日本語 naïve €"),
        ("non\u00a0breaking", "non breaking"),
        ("hangul filler \u3164", "hangul filler \\u3164"),
    ],
)
def test_what_is_shown(raw: str, shown: str):
    assert clean(raw) == shown


def test_lines_stay_lines_and_tabs_become_spaces():
    assert clean("a\tb\r\n\x1bc\n", lines=True) == "a   b\n␛c\n"


def test_long_text_is_cut_with_a_mark():
    assert clean("x" * 20, 5) == "xxxxx…"
    assert clean("x" * 5, 5) == "xxxxx"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=80))
def test_nothing_obeyed_is_left_in_any_text(raw: str):
    for lines in (False, True):
        shown = clean(raw, lines=lines)
        for character in shown.replace("\n", "") if lines else shown:
            kind = unicodedata.category(character)
            assert kind not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@given(st.text(max_size=80))
def test_cleaning_twice_changes_nothing_more(raw: str):
    assert clean(clean(raw)) == clean(raw)
