"""Text made to harm goes through every screen of the console, and every verb that
shows jobs, in a real terminal: what reaches it is the program's own and nothing else.

What the program itself sends is learnt from the same tour of a queue without such text.
"""

import base64
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.pty_program import in_terminal
from tests.e2e.screen import ENTER, ESC, Screen, console
from tests.hostile_text import CORPUS, furnish
from tests.ui.queue import Queue

pytestmark = pytest.mark.slow

_SEQUENCE = re.compile(
    r"""\x1b(?: \[ (?P<private>[<>=?]?) (?P<params>[0-9;:]*)
                   (?P<middle>[ -/]*) (?P<final>[@-~])
              | \] (?P<osc>[0-9]*) ; (?P<text>[^\x07\x1b]*) (?:\x07|\x1b\\)
              | (?P<string>[PX^_]) .*? \x1b\\
              | (?P<short>[ -/]*[0-Z\\^_`-~]) )""",
    re.VERBOSE | re.DOTALL,
)
_LAYOUT = {"\r", "\n"}
_OBEYED = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_CLIPBOARD = "OSC 52"


class Received:
    """What a terminal got: sequences by their kind, and the text between them."""

    def __init__(self, written: bytes) -> None:
        text = written.decode("utf-8")  # strictly: half a character is a fault
        self.text = _SEQUENCE.sub("", text)
        self.sequences = {_kind(found) for found in _SEQUENCE.finditer(text)}
        self.copied = [
            base64.b64decode(found["text"].partition(";")[2]).decode()
            for found in _SEQUENCE.finditer(text)
            if found["osc"] == "52"
        ]

    @property
    def obeyed(self) -> set[str]:
        """Characters outside sequences that a terminal would not just show."""
        return {
            ascii(character)
            for character in set(self.text) - _LAYOUT
            if unicodedata.category(character) in _OBEYED
        }


def _kind(found: re.Match[str]) -> str:
    """Of a mode also which; of others not where, in what colour, or how often."""
    if found["osc"] is not None:
        return f"OSC {found['osc']}"
    if found["final"] is None:
        return f"ESC {found['string'] or found['short']}"
    is_mode = found["final"] in "hl" or found["private"]
    params = found["params"] if is_mode or found["final"] in "Jn" else ""
    return f"CSI {found['private']}{params}{found['middle']}{found['final']}"


def tour(screen: Screen, text: str) -> None:
    """Through every screen, ending on the main one; nothing is done to a job. *text*
    is what a person may paste.
    """
    screen.shows("1 Pending")
    for pane in "12534":
        screen.press(pane)
    screen.press("3")
    _there_and_back(screen, "/", "list filter", typed=text + ENTER)
    screen.press_until(ENTER, _is_open(screen, "ATTEMPTS"))
    _scrolled(screen, "LAST ANSWER")
    _scrolled(screen, "LOG")
    screen.press("Y")
    screen.shows("clipboard")
    _there_and_back(screen, "?", "MOVING")
    _there_and_back(screen, ":", "Search")
    screen.press(ESC)
    screen.shows("1 Pending")
    _there_and_back(screen, "l", "log filter #4")
    screen.press("3")
    _there_and_back(screen, "e", "Edit job")
    _there_and_back(screen, "n", "New job")
    screen.press("1")
    _there_and_back(screen, "K", "Kill 1 job?")
    _click_everywhere(screen)
    screen.press("m")
    screen.shows("mouse off")


def _there_and_back(screen: Screen, key: str, title: str, *, typed: str = "") -> None:
    if typed:
        screen.press(key + typed)
        screen.shows(title)
    else:
        screen.press_until(key, _is_open(screen, title))
    # A key pressed again while the machine was busy may have been typed into a form,
    # which asks then.
    screen.press_until(ESC, lambda: title not in screen.text)


def _is_open(screen: Screen, title: str) -> Callable[[], bool]:
    return lambda: title in screen.text


def _scrolled(screen: Screen, words: str) -> None:
    """Page down until *words* are seen."""
    screen.press_until("\x1b[6~", _is_open(screen, words))


def _click_everywhere(screen: Screen) -> None:
    """Whoever made a link of a text would have it followed now."""
    for row, line in enumerate(screen.lines, 1):
        for found in re.finditer(r"quit|link|@click", line):
            at = f"{found.start() + 2};{row}"
            screen.press(f"\x1b[<0;{at}M\x1b[<0;{at}m")


def jobs_of(queue: Queue) -> list[tuple[object, ...]]:
    """All that must be as it was."""
    jobs = "SELECT id, state, run_at, kill_requested_by FROM queued_job ORDER BY id"
    log = "SELECT id, msg FROM queued_job_log ORDER BY id"
    rows = [*queue.store.session.rows(jobs), *queue.store.session.rows(log)]
    return [tuple(row.values()) for row in rows]


def made_queue(folder: Path, empty: Path, text: str) -> Iterator[Queue]:
    """A database full of *text*, with a db.ini beside it."""
    (folder / "db.ini").write_text("[db]\nengine = sqlite\npath = q.sqlite\n")
    (folder / "q.sqlite").write_bytes(empty.read_bytes())
    queue = Queue(folder / "q.sqlite")
    queue.processor()
    furnish(queue, text)
    yield queue
    queue.store.close()


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path, name: str) -> Iterator[Queue]:
    """Full of the hostile text *name*."""
    yield from made_queue(tmp_path, empty_sqlite, CORPUS[name])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> set[str]:
    """The kinds of sequences that the console sends of its own."""
    folder = tmp_path_factory.mktemp("harmless")
    for queue in made_queue(folder, empty_sqlite, "harmless"):
        sequences = toured(queue, folder, 120, 40, "harmless").sequences
    assert _CLIPBOARD in sequences
    strange = {"OSC 0", "ESC P", "CSI 6n"}
    assert not sequences & strange, "the corpus would prove nothing"
    return sequences


def toured(queue: Queue, folder: Path, columns: int, lines: int, text: str) -> Received:
    """What a terminal got on a tour of *queue*, which is as it was."""
    before = jobs_of(queue)
    with console("--watch", cwd=folder, columns=columns, lines=lines) as screen:
        tour(screen, text)
        screen.press("q")
        assert screen.terminal.wait() == 0, screen.text
        received = Received(screen.terminal.written)
    assert jobs_of(queue) == before
    return received


@pytest.mark.parametrize(
    ("name", "columns", "lines"),
    [("markup", 80, 24), ("escapes", 120, 40), ("unseen", 80, 24)],
)
def test_the_console_sends_a_terminal_its_own_sequences_only(
    queue: Queue, tmp_path: Path, own: set[str], name: str, columns: int, lines: int
):
    pasted = "".join(filter(str.isprintable, CORPUS[name]))
    received = toured(queue, tmp_path, columns, lines, pasted)

    assert received.sequences <= own
    assert not received.obeyed
    for text in received.copied:
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("verb", ["ls", "show 4", "tail", "processors", "stats"])
def test_verbs_send_a_terminal_colours_and_text_only(
    queue: Queue, tmp_path: Path, name: str, verb: str
):
    with in_terminal(*verb.split(), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0, terminal.text
        received = Received(terminal.written)
    assert received.text.strip()
    assert received.sequences <= {"CSI m"}
    assert not received.obeyed
