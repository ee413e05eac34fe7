"""Pictures of frames look the same in every viewer."""

from sq_console.ui.frames import placed

TEXT = (
    '<text class="r1" x="{x}" y="20" textLength="{length}" clip-path="url(#l)">'
    "{words}</text>"
)


def test_each_piece_between_blanks_has_a_place_of_its_own():
    words = "&#160;&#160;a&#160;b&#160;&#160;&#160;&lt;c&gt;&#160;"
    svg = TEXT.format(x="10", length="120", words=words)

    assert placed(svg).split("\n") == [
        TEXT.format(x="30", length="30", words="a&#160;b"),
        TEXT.format(x="90", length="30", words="&lt;c&gt;"),
    ]


def test_blanks_alone_are_left_out():
    assert placed(TEXT.format(x="0", length="20", words="&#160;&#160;")) == ""


def test_what_is_behind_a_wide_character_stands_behind_both_its_cells():
    svg = TEXT.format(x="0", length="40", words="漢&#160;&#160;b")

    assert placed(svg).endswith(TEXT.format(x="40", length="10", words="b"))
