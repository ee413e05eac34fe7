"""Whole screens in every condition of a queue: at three sizes, in colour, without
colour and in ASCII.
"""

from pathlib import Path

import pytest

from tests.ui.golden import assert_golden
from tests.ui.run_console import Console
from tests.ui.scenes import (
    SCENES,
    SIZES,
    Bases,
    Scene,
    is_grey,
    marked_text,
    opened,
    redrawn,
    resized,
    segments_of,
)

pytestmark = pytest.mark.mostly_slow(1)
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
async def test_at_every_size(scene: Scene, bases: Bases):
    """One console for all, made larger and drawn anew."""
    async with opened(scene, bases) as console:
        for size in SIZES:
            await resized(console, size)
            assert_golden(named(scene, size), console.text)
            assert_golden(named(scene, size, "colour"), marked_text(console))
            await redrawn(console, colours=False)
            assert_without_colour(console, scene, size)
            await redrawn(console, ascii_only=True)
            assert console.text.isascii()
            assert_golden(named(scene, size, "ascii"), console.text)
            await redrawn(console)


def assert_without_colour(
    console: Console, scene: Scene, size: tuple[int, int]
) -> None:
    assert_golden(named(scene, size), console.text)  # the same words say all
    assert_golden(named(scene, size, "no-colour"), marked_text(console))
    styles = [style for line in segments_of(console) for _, style in line]
    assert all(is_grey(style.color) and is_grey(style.bgcolor) for style in styles)
    assert len({style.bgcolor for style in styles}) > 1  # the cursor and the bars


FAILING = next(scene for scene in SCENES if scene.name == "failing")


async def test_with_no_color_it_is_so_from_the_start(
    bases: Bases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(FAILING, bases) as console:
        assert_without_colour(console, FAILING, SMALL)


async def test_on_a_terminal_of_ascii_it_is_so_from_the_start(
    bases: Bases, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SQ_ASCII", "1")
    async with opened(FAILING, bases) as console:
        assert_golden(named(FAILING, SMALL, "ascii"), console.text)


async def test_a_large_terminal_shows_the_same_from_the_start(bases: Bases):
    async with opened(FAILING, bases, SIZES[-1]) as console:
        assert_golden(named(FAILING, SIZES[-1]), console.text)
