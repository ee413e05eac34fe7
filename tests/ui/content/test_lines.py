"""Lines are wrapped whole, and merged into the fewest spans that look the same."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from sq_console.ui.content import lines
from sq_console.ui.content.lines import Span, Tone, merged, text_of, width_of, wrapped

ANY_TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60)


@given(ANY_TEXT, st.integers(2, 70))
def test_wrapping_loses_nothing(text: str, width: int):
    rows = wrapped((Span(text[:20], Tone.BAD), Span(text[20:])), width)
    assert "".join(text_of(row) for row in rows) == text
    assert all(width_of(row) <= width for row in rows)


def test_a_wide_character_on_a_narrow_line_is_not_an_endless_loop():
    assert len(wrapped((Span("日本"),), 1)) == 2


def test_blanks_take_the_tone_before_them_unless_one_is_filled():
    line = (Span("a", Tone.DIM), Span("  "), Span("b", Tone.DIM), Span(" x "), Span(""))
    assert merged(line) == (Span("a  b", Tone.DIM), Span(" x "))
    badge = (Span(" RUN ", Tone.ON_GOOD), Span("  "))
    assert merged(badge) == badge


def test_the_example_of_the_docstring_holds():
    done = doctest.testmod(lines)
    assert (done.failed, done.attempted) == (0, 3)
