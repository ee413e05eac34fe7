"""Whole screens in every condition of a queue, at three sizes; at the smallest in
colour, without colour, and in ASCII.
"""

from pathlib import Path

import pytest

from tests.ui.golden import assert_golden
from tests.ui.scenes import (
    SCENES,
    SIZES,
    Bases,
    Scene,
    is_grey,
    marked_text,
    opened,
    segments_of,
)

pytestmark = pytest.mark.mostly_slow(2)
SMALL = SIZES[0]
every_scene = pytest.mark.parametrize("scene", SCENES, ids=str)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> Bases:
    """Databases to begin with."""
    return Bases(tmp_path_factory.mktemp("bases"), empty_sqlite)


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is named the same on every machine, and the terminal has colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")


def named(scene: Scene, size: tuple[int, int] = SMALL, kind: str = "") -> str:
    return f"scenes/{scene}-{size[0]}x{size[1]}{kind and f'-{kind}'}"


@every_scene
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_as_text(scene: Scene, size: tuple[int, int], bases: Bases):
    async with opened(scene, size, bases) as console:
        assert_golden(named(scene, size), console.text)
        if size == SMALL:
            assert_golden(named(scene, kind="colour"), marked_text(console))


@every_scene
async def test_without_colour(
    scene: Scene, bases: Bases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(scene, SMALL, bases) as console:
        assert_golden(named(scene), console.text)  # the same words say all
        styles = [style for line in segments_of(console) for _, style in line]
        assert all(is_grey(style.color) for style in styles)
        assert all(is_grey(style.bgcolor) for style in styles)
        grounds = {style.bgcolor for style in styles}
        assert len(grounds) > 1  # the cursor and the bars are seen


@every_scene
async def test_in_ascii(scene: Scene, bases: Bases, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SQ_ASCII", "1")
    async with opened(scene, SMALL, bases) as console:
        assert console.text.isascii()
        assert_golden(named(scene, kind="ascii"), console.text)
