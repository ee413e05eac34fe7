"""What the console sends over a slow line: bytes a second at 80x24, at rest and beside
a processor that calls 500 jobs a second, and bytes for a change of the screen.

A line of 64 kbit/s carries 8,000 bytes a second; a screen that takes more of them than
these aims is late for every key. Screens are those of the demo's incident, which goes
on while they change: an empty one would be cheap. The terminal has 24-bit colours.
"""

import time
from contextlib import AbstractContextManager

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.console import TimedTerminal, opened
from tests.bench.figures import Figure
from tests.e2e.drill import furnish, kept_going
from tests.e2e.screen import ENTER, ESC
from tests.large_tables import RowCounts
from tests.waiting import eventually

_WIDE, _HIGH = 80, 24
_JOBS_PER_SEC, _CALL_SECS = 500, 0.1
_SETTLE_SECS = 3.0
_CHANGE_SECS = 2.0
"""A change of the screen, with what is read for it, is over by then."""
_LISTS, _LOG_PANE = ("1", "2", "5"), "4"
_PANES = ("1", "2", "3", "4")
_SCREENS = (ENTER, "h", "w", "a", "b", "?", "Y", *_PANES, "5", ENTER, "0")
"""Keys that change the whole screen; esc leads back from what is no pane."""


def traffic(setup: BenchSetup) -> list[Figure]:
    """A console that only watches, over what it takes for SSH."""
    secs = setup.size.idle_secs
    with setup.queue() as queue:
        with queue.store() as store:
            furnish(store)
        with _watched(queue) as terminal:
            rest = _bytes_per_sec(terminal, secs)
        with kept_going(queue.db), _watched(queue) as terminal:
            incident = _bytes_per_sec(terminal, secs)
            changes = [size for key in _SCREENS for size in _changes(terminal, key)]
    url = setup.answering_after(_CALL_SECS)
    due = round(_JOBS_PER_SEC * (secs + 2 * _SETTLE_SECS) * 6)
    slots = round(_JOBS_PER_SEC * _CALL_SECS)
    with (
        setup.queue(RowCounts(finished=1_000, due=due), url) as queue,
        programs.serving(queue, "-n", str(slots)),
        _watched(queue) as terminal,
    ):
        began, before = time.monotonic(), _pending(queue)
        lists = [_bytes_per_sec_of(terminal, key, secs) for key in _LISTS]
        log = _bytes_per_sec_of(terminal, _LOG_PANE, secs)
        rate = (before - _pending(queue)) / (time.monotonic() - began)
    return [
        Figure("traffic at rest", "B/s", (rest,), at_most=1_000),
        Figure("traffic of an incident, its causes open", "B/s", (incident,)),
        Figure("jobs called beside the traffic", "/s", (rate,)),
        Figure(
            "traffic beside them, the worst list open",
            "B/s",
            (max(lists),),
            at_most=4e3,
        ),
        Figure("traffic beside them, the log open", "B/s", (log,), at_most=6e3),
        Figure("traffic of a screen's change", "B", tuple(changes)),
        Figure("traffic of the largest change", "B", (max(changes),), at_most=6_000),
    ]


def _watched(queue: Queue) -> AbstractContextManager[TimedTerminal]:
    ssh = "192.0.2.1 1 192.0.2.2 22"
    more = {"SSH_CONNECTION": ssh, "COLORTERM": "truecolor"}
    return opened(queue, "--watch", columns=_WIDE, lines=_HIGH, **more)


def _bytes_per_sec(terminal: TimedTerminal, secs: float) -> float:
    eventually(lambda: terminal.chunks, 30)
    time.sleep(_SETTLE_SECS)
    return _received_in(terminal, secs) / secs


def _bytes_per_sec_of(terminal: TimedTerminal, key: str, secs: float) -> float:
    terminal.press(key)
    return _bytes_per_sec(terminal, secs)


def _changes(terminal: TimedTerminal, key: str) -> list[float]:
    """Bytes of the change that *key* makes, and of the way back where there is one."""
    keys = (key,) if key in _PANES else (key, ESC)
    return [_bytes_of_change(terminal, it) for it in keys]


def _bytes_of_change(terminal: TimedTerminal, key: str) -> float:
    terminal.press(key)
    return float(_received_in(terminal, _CHANGE_SECS))


def _received_in(terminal: TimedTerminal, secs: float) -> int:
    before = len(terminal.received)
    time.sleep(secs)
    return len(terminal.received) - before


def _pending(queue: Queue) -> int:
    ((pending,),) = queue.command(
        "SELECT COUNT(*) FROM queued_job WHERE state = 'pending'"
    )
    return int(str(pending))
