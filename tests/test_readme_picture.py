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


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_they_are_drawn_the_same_again() -> None:
    (one,) = [each for each in PICTURES if each.name == "console-cause"]

    assert draw_all([one]) == draw_all([one])
