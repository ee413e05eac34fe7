"""Text is measured, cut and padded in cells of a terminal."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sq_console.ui.content.lines import Span, Tone, cut_line, width_of
from sq_console.ui.terminal import cells
from sq_console.ui.terminal.cells import cut, cut_middle

ANY_TEXT = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60)


@given(ANY_TEXT, st.integers(0, 70))
def test_cut_text_fits(text: str, width: int):
    assert cell_len(cut(text, width)) <= width
    assert cell_len(cut_middle(text, width)) <= width
    assert width_of(cut_line((Span(text), Span(text, Tone.BAD)), width)) == width


@given(st.text(st.sampled_from("ab日本́한 é"), max_size=40), st.integers(0, 50))
def test_padding_is_exact_in_cells(text: str, width: int):
    for pad in (cells.left, cells.right):
        assert cell_len(pad(text, width)) == width
    assert text.startswith(cells.head(text, width))
    assert text.endswith(cells.tail(text, width))
    assert cell_len(cells.head(text, width)) <= width
    assert cell_len(cells.tail(text, width)) <= width


def test_wide_and_zero_width_together_are_not_taken_for_plain_ones():
    assert not cells.is_plain("日\u0301")  # two characters, two cells
    assert cells.is_plain("plain …│")
