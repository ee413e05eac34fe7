"""What the console sends over a slow line: bytes a second at 80x24, at rest and beside
a processor that calls 500 jobs a second, and bytes for a change of the screen.

A line of 64 kbit/s carries 8,000 bytes a second; a screen that takes more of them than
these aims is late for every key.
"""

import time
from contextlib import AbstractContextManager

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.console import TimedTerminal, opened
from tests.bench.figures import Figure
from tests.large_tables import RowCounts
from tests.waiting import eventually

_WIDE, _HIGH = 80, 24
_JOBS_PER_SEC, _CALL_SECS = 500, 0.1
_SETTLE_SECS = 3.0
_CHANGE_SECS = 2.0
"""A change of the screen, with what is read for it, is over by then."""
_LOG_PANE, _LIST = "4", "1"
_SCREENS = ("0", "h", "w", "a", "b", "?", "2", "3", "5", "4", "1", "\r")
"""Keys that change the whole screen; esc leads back."""


def traffic(setup: BenchSetup) -> list[Figure]:
    """A console that only watches, over what it takes for SSH."""
    secs = setup.size.idle_secs
    url = setup.answering_after(_CALL_SECS)
    due = round(_JOBS_PER_SEC * (secs + 10) * 3)
    with setup.queue(RowCounts(finished=1_000, due=due), url) as queue:
        with _watched(queue) as terminal:
            rest = _bytes_per_sec(terminal, secs)
            changes = [_bytes_of_change(terminal, key) for key in _SCREENS]
        slots = round(_JOBS_PER_SEC * _CALL_SECS)
        with programs.serving(queue, "-n", str(slots)), _watched(queue) as terminal:
            listed = _bytes_per_sec(terminal, secs)
            terminal.press(_LOG_PANE)
            logged = _bytes_per_sec(terminal, secs)
    return [
        Figure("traffic at rest", "B/s", (rest,), at_most=1_000),
        Figure("traffic beside 500 jobs/s, a list open", "B/s", (listed,), at_most=4e3),
        Figure(
            "traffic beside 500 jobs/s, the log open", "B/s", (logged,), at_most=6e3
        ),
        Figure("traffic of a screen's change", "B", tuple(changes)),
        Figure("traffic of the largest change", "B", (max(changes),), at_most=6_000),
    ]


def _watched(queue: Queue) -> AbstractContextManager[TimedTerminal]:
    ssh = "192.0.2.1 1 192.0.2.2 22"
    return opened(queue, "--watch", columns=_WIDE, lines=_HIGH, SSH_CONNECTION=ssh)


def _bytes_per_sec(terminal: TimedTerminal, secs: float) -> float:
    eventually(lambda: terminal.chunks, 30)
    time.sleep(_SETTLE_SECS)
    return _received_in(terminal, secs) / secs


def _bytes_of_change(terminal: TimedTerminal, key: str) -> float:
    terminal.press(key)
    size = _received_in(terminal, _CHANGE_SECS)
    if key not in "12345":
        terminal.press("\x1b")
        time.sleep(_CHANGE_SECS)
    return float(size)


def _received_in(terminal: TimedTerminal, secs: float) -> int:
    before = len(terminal.received)
    time.sleep(secs)
    return len(terminal.received) - before
