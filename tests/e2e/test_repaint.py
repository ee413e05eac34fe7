"""The screen is whole again after something else wrote on it, and at another size."""

from pathlib import Path

import pytest

from tests.e2e.screen import Screen, console
from tests.ui.queue import Queue
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(1)
CTRL_L = "\x0c"
NOISE = "".join(f"\x1b[{row};1Hthe host is going down" for row in range(1, 25))


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path) -> Queue:
    """Failed jobs, so that there is a list and a cursor in it."""
    (tmp_path / "q.sqlite").write_bytes(empty_sqlite.read_bytes())
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = q.sqlite\n")
    made = Queue(tmp_path / "q.sqlite")
    for number in range(30):
        made.failed(f"http://hooks.example.com/events/{number}")
    return made


def is_whole(screen: Screen) -> bool:
    """Are all lines what the console paints, from the first to the last?"""
    lines = screen.lines
    return (
        "going down" not in screen.text
        and "WATCHING" in lines[0]
        and "/events/29" in screen.text
        and lines[-1].startswith(" ? help")
    )


def test_ctrl_l_paints_over_what_something_else_wrote(queue: Queue, tmp_path: Path):
    with console("--watch", cwd=tmp_path, columns=80, lines=24) as screen:
        screen.press("3")
        eventually(lambda: is_whole(screen))
        screen.overwrite(NOISE)
        assert screen.text.count("going down") > 20

        screen.press(CTRL_L)

        eventually(lambda: is_whole(screen))


@pytest.mark.parametrize(("columns", "lines"), [(60, 20), (120, 40)])
def test_another_size_is_painted_whole(
    queue: Queue, tmp_path: Path, columns: int, lines: int
):
    with console("--watch", cwd=tmp_path, columns=80, lines=24) as screen:
        screen.press("3")
        eventually(lambda: is_whole(screen))

        screen.overwrite(NOISE)
        screen.resize(columns, lines)

        eventually(lambda: is_whole(screen) and len(screen.lines) == lines)
