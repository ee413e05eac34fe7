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
from tests.waiting import eventually

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
    """What a terminal got of *text* between two positions: sequences that begin there,
    by their kind, and the characters between sequences.
    """

    def __init__(self, text: str, first: int = 0, last: int | None = None) -> None:
        last = len(text) if last is None else last
        every = list(_SEQUENCE.finditer(text))
        found = [one for one in every if first <= one.start() < last]
        gaps = zip(
            [0, *(one.end() for one in every)],
            [*(one.start() for one in every), len(text)],
            strict=True,
        )
        self.text = "".join(text[max(a, first) : min(b, last)] for a, b in gaps)
        self.sequences = {_kind(one) for one in found}
        self.copied = [
            base64.b64decode(one["text"].partition(";")[2]).decode()
            for one in found
            if one["osc"] == "52"
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


# Stops of the tour: each begins and ends on the main screen. A key is pressed once,
# when what it acts on is displayed: pressed again it would be typed into a form.


def _lists(screen: Screen, pasted: str) -> None:
    for pane, title in zip("12534", ("1 P", "2 R", "5 D", "3 F", "4 L"), strict=True):
        screen.press(pane)
        screen.shows(title)


def _filter(screen: Screen, pasted: str) -> None:
    _open_failed(screen)
    screen.press("/" + pasted + ENTER)
    screen.shows("esc clears")
    _close(screen, "esc clears")


def _job_page(screen: Screen, pasted: str) -> None:
    _open_job(screen)
    _page_down_to(screen, "LAST ANSWER")
    _page_down_to(screen, "LOG")
    screen.press("Y")
    screen.shows("clipboard")
    _close(screen, " Job 4 ")


def _help(screen: Screen, pasted: str) -> None:
    _there_and_back(screen, "?", "(esc closes)")


def _palette(screen: Screen, pasted: str) -> None:
    _there_and_back(screen, ":", "Search")


def _log_of_a_job(screen: Screen, pasted: str) -> None:
    _open_failed(screen)
    _there_and_back(screen, "l", "4 Log  #4")


def _edit_form(screen: Screen, pasted: str) -> None:
    _open_failed(screen)
    _there_and_back(screen, "e", "Edit job")


def _new_form(screen: Screen, pasted: str) -> None:
    _open_failed(screen)
    _there_and_back(screen, "n", "New job")


def _kill_question(screen: Screen, pasted: str) -> None:
    screen.press("1")
    _until_under_the_cursor(screen, 1)
    _there_and_back(screen, "K", "Kill 1 job?")


def _clicks_and_mouse(screen: Screen, pasted: str) -> None:
    """A link made of hostile text would be followed by a click on it."""
    for row, line in enumerate(screen.lines, 1):
        for found in re.finditer(r"quit|link|@click", line):
            at = f"{found.start() + 2};{row}"
            screen.press(f"\x1b[<0;{at}M\x1b[<0;{at}m")
    screen.press("m")
    screen.shows("mouse off")


STOPS: dict[str, Callable[[Screen, str], None]] = {
    "lists": _lists,
    "filter": _filter,
    "job page": _job_page,
    "help": _help,
    "palette": _palette,
    "log of a job": _log_of_a_job,
    "edit form": _edit_form,
    "new form": _new_form,
    "kill question": _kill_question,
    "clicks and mouse": _clicks_and_mouse,
}


def _open_failed(screen: Screen) -> None:
    screen.press("3")
    _until_under_the_cursor(screen, 4)


def _until_under_the_cursor(screen: Screen, job_id: int) -> None:
    """A key acts on a job only once it was displayed under the cursor."""
    row = re.compile(rf"^> +{job_id} ", re.MULTILINE)
    eventually(lambda: row.search(screen.text), 15)


def _open_job(screen: Screen) -> None:
    _open_failed(screen)
    screen.press(ENTER)
    screen.shows("ATTEMPTS")


def _there_and_back(screen: Screen, key: str, title: str) -> None:
    screen.press(key)
    screen.shows(title)
    _close(screen, title)


def _close(screen: Screen, title: str) -> None:
    screen.press_until(ESC, lambda: title not in screen.text)


def _page_down_to(screen: Screen, words: str) -> None:
    screen.press_until("\x1b[6~", lambda: words in screen.text)


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


class Tour:
    """A console that shows a queue stop by stop, and what its terminal got at each."""

    def __init__(self, queue: Queue, folder: Path, size: tuple[int, int], pasted: str):
        self._ends: dict[str, int] = {}
        self.failed = ""
        """What went wrong at the stop behind the last one reached."""
        before = jobs_of(queue)
        columns, lines = size
        with console("--watch", cwd=folder, columns=columns, lines=lines) as screen:
            screen.shows("1 Pending")
            self._visit_all(screen, pasted)
            screen.press("q")
            self.exit_code = screen.terminal.wait()
            self._written = screen.terminal.written
        self.is_queue_unchanged = jobs_of(queue) == before

    def _visit_all(self, screen: Screen, pasted: str) -> None:
        for name, visit in STOPS.items():
            try:
                visit(screen, pasted)
            except AssertionError as error:
                self.failed = f"at {name}: {error}"
                screen.terminal.popen.terminate()
                return
            self._ends[name] = len(screen.terminal.written)

    def received(self, stop: str) -> Received:
        """What the terminal got there. Fails if the tour did not come to its end."""
        assert stop in self._ends, self.failed
        text = self._written.decode("utf-8")  # strictly: half a character is a fault
        ends = [0, *map(self._characters, self._ends.values())]
        number = list(self._ends).index(stop)
        return Received(text, ends[number], ends[number + 1])

    def _characters(self, count: int) -> int:
        return len(self._written[:count].decode("utf-8", "ignore"))


@pytest.fixture
def queue(tmp_path: Path, empty_sqlite: Path, name: str) -> Iterator[Queue]:
    """Full of the hostile text *name*."""
    yield from made_queue(tmp_path, empty_sqlite, CORPUS[name])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> set[str]:
    """The kinds of sequences that the console sends of its own."""
    folder = tmp_path_factory.mktemp("harmless")
    for queue in made_queue(folder, empty_sqlite, "harmless"):
        tour = Tour(queue, folder, (120, 40), "harmless")
    sequences = set[str]().union(*(tour.received(stop).sequences for stop in STOPS))
    assert _CLIPBOARD in sequences
    strange = {"OSC 0", "ESC P", "CSI 6n"}
    assert not sequences & strange, "the corpus would prove nothing"
    return sequences


@pytest.fixture(
    scope="module",
    params=[("markup", (80, 24)), ("escapes", (120, 40)), ("unseen", (80, 24))],
    ids=lambda param: param[0],
)
def tour(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    empty_sqlite: Path,
) -> Tour:
    """A tour of a queue full of hostile text, which is pasted too."""
    name, size = request.param
    folder = tmp_path_factory.mktemp(name)
    pasted = "".join(filter(str.isprintable, CORPUS[name]))
    (toured,) = [
        Tour(queue, folder, size, pasted)
        for queue in made_queue(folder, empty_sqlite, CORPUS[name])
    ]
    return toured


@pytest.mark.parametrize("stop", STOPS)
def test_the_console_sends_a_terminal_its_own_sequences_only(
    tour: Tour, own: set[str], stop: str
):
    received = tour.received(stop)

    assert received.sequences <= own
    assert not received.obeyed
    for text in received.copied:
        assert text.replace("\n", "").isprintable()


def test_looking_changes_no_job_and_the_console_ends_in_order(tour: Tour):
    assert tour.failed == ""
    assert tour.is_queue_unchanged
    assert tour.exit_code == 0


@pytest.mark.parametrize("name", CORPUS)
@pytest.mark.parametrize("verb", ["ls", "show 4", "tail", "processors", "stats"])
def test_verbs_send_a_terminal_colours_and_text_only(
    queue: Queue, tmp_path: Path, name: str, verb: str
):
    with in_terminal(*verb.split(), cwd=tmp_path) as terminal:
        assert terminal.wait() == 0, terminal.text
        received = Received(terminal.written.decode("utf-8"))
    assert received.text.strip()
    assert received.sequences <= {"CSI m"}
    assert not received.obeyed
