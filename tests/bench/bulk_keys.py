"""Keys while one bulk action retries tens of thousands of jobs: from pressing a key to
what it changes on the screen, at rest, and while the jobs are counted, retried, and,
once another console has stopped that half-way, pulled back.

A console that only watches works on the bulk action itself; one with a processor leaves
it to that. Their rows are compared at the end: a figure of a bulk action that did not
do what it says would be worth nothing.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from sq_console.model import BulkRow, BulkState
from sq_console.store import Store
from sq_console.ui.screens.dialog import GUARD_SECS
from sq_console.ui.terminal.input_filter import ESCAPE_SECS
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.console import Replay, TimedTerminal, opened
from tests.bench.figures import Figure, percentile
from tests.e2e.screen import ENTER, ESC, Screen
from tests.large_tables import RowCounts

_COLUMNS, _LINES = 80, 24
_MOST_MS = 100
_PATIENCE_SECS = 120.0
_SETTLE_SECS = 3.0
_REST = "at rest"
_MEANWHILE = _COUNTED, _RETRIED, _PULLED = (
    "while counted",
    "while retried",
    "while pulled back",
)
"""What goes on while keys are pressed."""
_BACK = "q"
_QUESTION = ", then y."
_OTHER = "other@desk"
_COUNT_FAILED = "SELECT COUNT(*) FROM queued_job WHERE state = 'failed'"
View = Callable[[list[str]], str]
"""What of a screen a key changes."""


def _nothing(_: list[str]) -> str:
    """For a key that may change nothing."""
    return ""


def _cursor(lines: list[str]) -> str:
    return next((line[:9] for line in lines if line.startswith(">")), "")


def _open_pane(lines: list[str]) -> str:
    """The titles of the open list: a folded pane has none."""
    return next((line[:40] for line in lines if line.startswith("      ID ")), "")


def _page(lines: list[str]) -> str:
    """Whether another page covers the lists, with or without its content."""
    return "" if any(line.startswith(" 3 Failed ") for line in lines) else "covered"


def _typed(lines: list[str]) -> str:
    return next((line for line in lines[-4:] if line.startswith(" /")), "")


_TOUR: tuple[tuple[str, View], ...] = (
    ("5", _open_pane),
    ("/", _typed),
    *[(key, _typed) for key in "host"],
    (ESC, _typed),
    ("g", _nothing),  # as new jobs come in, the cursor's row goes down
    *[("j", _cursor)] * 3,
    ("k", _cursor),
    (ENTER, _page),
    (_BACK, _page),
    ("j", _cursor),
    ("1", _open_pane),
    ("h", _page),
    (_BACK, _page),
    ("3", _open_pane),
)
"""Keys of an operator who looks around meanwhile, and what each changes. The
list of what was done rests; on a list and on a page esc would stop the bulk action.
"""


@dataclass(frozen=True, slots=True)
class Press:
    """A key, and when it was pressed."""

    at: float
    key: str
    view: View


def bulk_keys(setup: BenchSetup) -> list[Figure]:
    """Both consoles, one after the other."""
    figures = []
    for name, arguments in (
        ("works on it", ("--watch",)),
        ("has a processor", ("--process", "-n", "50")),
    ):
        counts = RowCounts(finished=5 * setup.size.bulk, later=1_000, per_sec=100)
        with setup.queue(counts, setup.fast_url) as queue:
            taken = _pressed_through(queue, setup.size.bulk, arguments)
        figures += _figures(f"console that {name}", taken)
    return figures


def _figures(name: str, taken: dict[str, list[float]]) -> Iterator[Figure]:
    for phase, each in taken.items():
        yield Figure(f"keys {phase}, {name}", "ms", tuple(each))
    meanwhile = [took for phase in _MEANWHILE for took in taken.get(phase, ())]
    for share in (0.5, 0.99, 1.0):
        late = percentile(meanwhile, share)
        words = f"keys throughout, {name}, percentile {100 * share:.0f}"
        yield Figure(words, "ms", (late,), at_most=_MOST_MS)


def _pressed_through(
    queue: Queue, jobs: int, arguments: Sequence[str]
) -> dict[str, list[float]]:
    """Milliseconds from key to paint, by phase."""
    size = {"columns": _COLUMNS, "lines": _LINES}
    with queue.store() as store, opened(queue, *arguments, **size) as terminal:
        keys = _Keys(terminal)
        keys.begin(jobs)
        keys.tour(_RETRIED, lambda: store.bulk.ls(1)[0].done < jobs / 2)
        store.bulk.pull_back(store.bulk.ls(1)[0].id, _OTHER)
        keys.tour(_PULLED, lambda: _goes_on(store))
        time.sleep(_SETTLE_SECS)
        _check(queue, store.bulk.ls(1)[0], jobs)
        return keys.taken()


def _goes_on(store: Store) -> bool:
    row = store.bulk.ls(1)[0]
    return row.state is not BulkState.STOPPED or row.not_begun is None


def _check(queue: Queue, row: BulkRow, jobs: int) -> None:
    """What it says of itself, and what the jobs say."""
    ((failed,),) = queue.command(_COUNT_FAILED)
    said = row.done + row.refused + (row.not_begun or 0)
    kept = row.done - row.pulled_back
    if not (row.counted == said == jobs and failed == jobs - kept):
        raise RuntimeError(f"{jobs} failed jobs, now {failed}, of {row}")


class _Keys:
    """Keys pressed on a console, and what came of them."""

    def __init__(self, terminal: TimedTerminal) -> None:
        self._terminal = terminal
        self._presses: dict[str, list[Press]] = {}
        self._tour = cycle(_TOUR)

    def begin(self, jobs: int) -> None:
        """Have all failed jobs retried; keys are pressed while they are counted."""
        terminal = self._terminal
        screen = Screen(terminal, _COLUMNS, _LINES)
        screen.shows(" 3 Failed ", _PATIENCE_SECS)
        terminal.press("3")
        screen.shows(" WHY ")
        for key, view in _TOUR:
            self._press(_REST, key, view)
        terminal.press("A")
        screen.shows("1,000 jobs marked")
        terminal.press("r")
        question = f"Type {jobs}, then y"
        for key in cycle("jjk"):
            if question in screen.text:
                break
            self._press(_COUNTED, key, _cursor)
        time.sleep(2 * GUARD_SECS)
        terminal.press(str(jobs))
        terminal.press("y")
        screen.shows("RETRYING")

    def tour(self, phase: str, goes_on: Callable[[], bool]) -> None:
        """Look around while something goes on."""
        until = time.monotonic() + _PATIENCE_SECS
        while goes_on():
            if time.monotonic() > until:
                raise RuntimeError(f"keys {phase}: it goes on and on")
            self._press(phase, *next(self._tour))

    def _press(self, phase: str, key: str, view: View) -> None:
        press = Press(time.monotonic(), key, view)
        self._terminal.press(key)
        self._presses.setdefault(phase, []).append(press)
        time.sleep(random.uniform(0.3, 0.5))  # out of step with what repaints

    def taken(self) -> dict[str, list[float]]:
        """Milliseconds until each key was answered, by phase. Those of esc are without
        the time in which it may still become the begin of another key.
        """
        screens = [*_screens(list(self._terminal.chunks))]
        taken: dict[str, list[float]] = {}
        for phase, presses in self._presses.items():
            for press in presses:
                at = _answered(press, screens)
                if at is not None:
                    wait = ESCAPE_SECS if press.key == ESC else 0.0
                    taken.setdefault(phase, []).append(1000 * (at - press.at - wait))
        return taken


def _screens(chunks: list[tuple[float, bytes]]) -> Iterator[tuple[float, list[str]]]:
    replay = Replay()
    screen = Screen(replay, _COLUMNS, _LINES)  # type: ignore[arg-type]
    for at, chunk in chunks:
        replay.written += chunk
        yield at, screen.lines


def _answered(press: Press, screens: list[tuple[float, list[str]]]) -> float | None:
    """When what the key changes was another; None if it never was, or if a question
    covered it: that ignores keys at first.
    """
    before = [lines for at, lines in screens if at <= press.at][-1]
    known = press.view(before)
    for at, lines in screens:
        if at > press.at:
            if press.view(lines) != known:
                return at
            if any(_QUESTION in line for line in lines):
                return None
    return None
