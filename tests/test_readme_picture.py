"""The README's pictures are the same whenever they are drawn, and stand in it."""

from pathlib import Path

import pytest

from tests.readme_picture import PICTURES, TARGET, draw_all

README = Path(__file__).parent.parent / "README.md"


def test_every_picture_is_there_and_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")

    for picture in PICTURES:
        assert (TARGET / f"{picture.name}.svg").is_file()
        assert f"(.github/{picture.name}.svg)" in text


def test_no_piece_of_text_begins_or_ends_with_a_blank() -> None:
    """Some viewers leave such a blank out, and columns would not be one."""
    for picture in PICTURES:
        svg = (TARGET / f"{picture.name}.svg").read_text(encoding="utf-8")
        assert "<text " in svg
        assert "&#160;</text>" not in svg
        assert ">&#160;" not in svg


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_each_is_drawn_and_one_the_same_again() -> None:
    drawn = draw_all()

    assert set(drawn) == {picture.name for picture in PICTURES}
    (one,) = [each for each in PICTURES if each.name == "console-cause"]
    assert draw_all([one]) == {one.name: drawn[one.name]}
