"""Texts whose characters take two cells, or none, shift no column: in each list of the
console and each table of a verb, every row has its state under the title.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.pty_program import in_terminal
from tests.e2e.screen import Screen, console
from tests.ui.queue import Queue
from tests.waiting import eventually

pytestmark = pytest.mark.mostly_slow(1)

WIDTHS = {
    "ascii": "plain",
    "cjk": "日本語のジョブ",
    "hangul": "한글",
    "jamo": "\u1112\u1161\u11ab\u1161",
    "combining": "e\u0301a\u0301\u0302\u0303\u0304z\u0301",
    "two and none": "日\u0301本\u0301",
    "thai": "ที่นี่",
    "devanagari": "हिन्दी",
    "joined emoji": "👩\u200d👧\u200d👦",
    "flag": "🇩🇪🇯🇵",
    "skin": "👍🏽",
    "selector": "❤\ufe0f\u2601\ufe0f",
    "nothing": "a\u200bb\u2060c\u00add",
    "controls": "a\x1b[31m\tb\x07\x85",
    "mark first": "\u0301x",
    "full width": "\uff21\uff22\uff23",
}
STATES = ("pending", "running", "failed", "succeeded", "killed")
SIZES = pytest.mark.parametrize(("columns", "lines"), [(80, 24), (120, 40)])


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path) -> Iterator[Queue]:
    """A job of each state with each of the texts wherever it can be."""
    (tmp_path / "db.ini").write_text("[db]\nengine = sqlite\npath = q.sqlite\n")
    (tmp_path / "q.sqlite").write_bytes(empty_sqlite.read_bytes())
    made = Queue(tmp_path / "q.sqlite")
    made.processor("web" + "本" * 30)
    for text in WIDTHS.values():
        url = f"http://{text}.example/{text * 9}/{text}"
        odd = {"url": url, "last_error": text * 3, "http_method": text[:10]}
        job = made.failed(**odd)
        made.pending(**odd)
        made.running(**odd)
        made.succeeded(**{**odd, "last_error": None})
        made.killed(**odd)
        made.log(job, text * 5, status_code=500, duration_ms=12, processor=text)
    yield made
    made.store.close()


def under(title: str, screen: Screen) -> list[str]:
    """For each row of jobs what stands from where *title* begins, a blank before it."""
    rows = [screen.cells(row) for row in range(screen.height)]
    texts = ["".join(cells) for cells in rows]
    top = next((at for at, text in enumerate(texts) if f" {title} " in text), None)
    if top is None:
        return []
    start = texts[top].index(f" {title} ")
    jobs = (
        cells
        for cells in rows[top + 1 :]
        if "".join(cells[:9]).strip(" >*")[:1].isdigit()
    )
    return ["".join(cells[start:]) for cells in jobs]


@SIZES
def test_every_row_of_ls_has_its_state_under_the_title(
    queue: Queue, tmp_path: Path, columns: int, lines: int
):
    with in_terminal("ls", "--limit", "100", cwd=tmp_path, columns=columns) as terminal:
        assert terminal.wait() == 0
        rows = under("STATE", Screen(terminal, columns, 150))
    assert len(rows) == len(WIDTHS) * len(STATES)
    for row in rows:
        assert row[1:].startswith(STATES) and row[0] == " ", row


@pytest.mark.parametrize(("columns", "lines"), [(80, 26), (120, 40)])
@pytest.mark.parametrize(
    ("key", "title", "shown"),
    [
        ("1", "DUE", "2m"),
        ("2", "FOR", "2h30m/4h"),
        ("3", "WHY", ""),
        ("5", "RESULT", ("ok 200", "killed")),
    ],
)
def test_every_row_of_a_pane_has_its_columns_under_their_titles(
    queue: Queue,
    tmp_path: Path,
    columns: int,
    lines: int,
    key: str,
    title: str,
    shown: str | tuple[str, ...],
):
    with console("--watch", cwd=tmp_path, columns=columns, lines=lines) as screen:
        screen.shows("WATCHING")
        screen.press(key + "z")
        eventually(lambda: are_under(title, shown, screen))
        for column in ("HOST", "PATH"):
            eventually(lambda title=column: are_under(title, "", screen))
        screen.press("q")
        assert screen.terminal.wait() == 0


def are_under(title: str, shown: str | tuple[str, ...], screen: Screen) -> bool:
    rows = under(title, screen)
    return len(rows) >= len(WIDTHS) and all(
        row[0] == " " != row[1] and row[1:].startswith(shown) for row in rows
    )
