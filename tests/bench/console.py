"""The console from outside, in a pty: first paint, key to paint, and what it costs the
processor in it.

What the terminal received is kept with its times and read afterwards: interpreting it
meanwhile would take the CPU that is being measured.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure, percentile
from tests.cli.pty_program import Terminal
from tests.e2e.screen import Screen
from tests.waiting import eventually

COLUMNS, LINES = 120, 40
_A_JOB = "/fast"
"""Stands in the url of every job."""
_FAILED_PANE = "3"


class TimedTerminal(Terminal):
    """A terminal that remembers when it received what."""

    def __init__(
        self,
        queue: Queue,
        *arguments: str,
        columns: int = COLUMNS,
        lines: int = LINES,
        **more: str,
    ) -> None:
        self.chunks: list[tuple[float, bytes]] = []
        self.began = time.monotonic()
        self.log = queue.folder / "console.log"
        super().__init__(
            cwd=queue.folder,
            columns=columns,
            lines=lines,
            program=programs.command(
                queue.checkout,
                queue.ini,
                *("--log-file", str(self.log), "--log-format", "logfmt"),
                *arguments,
            ),
            PYTHONPATH=str(queue.checkout),
            **more,
        )

    def _read(self) -> None:
        try:
            while chunk := os.read(self._ours, 65_536):
                self.chunks.append((time.monotonic(), chunk))
        except OSError:  # Linux's way to say that the other side has closed
            return

    @property
    def written(self) -> bytes:
        return self.received

    @property
    def received(self) -> bytes:
        return b"".join(chunk for _, chunk in list(self.chunks))


class Replay:
    """Gives a `Screen` what a terminal received, chunk by chunk."""

    written = b""


def console(setup: BenchSetup) -> list[Figure]:
    """On the largest queue, idle and with its processor flat out."""
    queue = setup.large_queue(setup.size.finished[-1])
    paints = [_first_paint(queue) for _ in range(setup.size.runs)]
    idle = _key_to_paint(queue, setup.size.keys, "--watch")
    busy = _key_to_paint(queue, setup.size.keys, "--process", "-n", "50")
    return [
        Figure("console: first paint", "s", tuple(paints), at_most=1),
        Figure("key to paint, idle", "ms", tuple(idle)),
        _late("key to paint, idle", idle, 60),
        Figure("key to paint, flat out", "ms", tuple(busy)),
        _late("key to paint, flat out", busy, 150),
    ]


def _late(name: str, taken: list[float], at_most: float) -> Figure:
    late = percentile(taken, 0.95)
    return Figure(f"{name}, 95th percentile", "ms", (late,), at_most=at_most)


def attached_rate(queue: Queue, jobs: int, slots: int) -> float:
    """Jobs per second of the processor in a console nobody touches."""
    with opened(queue, "--process", "-n", str(slots)) as terminal:
        return programs.rate_so_far(terminal.log, jobs)


def _first_paint(queue: Queue) -> float:
    """Until jobs are on the screen."""
    with opened(queue, "--watch") as terminal:
        eventually(lambda: _A_JOB.encode() in terminal.received, 30)
        return terminal.chunks[-1][0] - terminal.began


def _key_to_paint(queue: Queue, keys: int, *arguments: str) -> list[float]:
    """Milliseconds from pressing a key to the cursor's move, in a list that rests."""
    pressed = []
    with opened(queue, *arguments) as terminal:
        eventually(lambda: _A_JOB.encode() in terminal.received, 30)
        terminal.press(_FAILED_PANE)
        time.sleep(1)
        for _ in range(keys):
            pressed.append(time.monotonic())
            terminal.press("j")
            time.sleep(random.uniform(0.3, 0.5))  # out of step with what repaints
        chunks = list(terminal.chunks)
    cursors = list(_cursors(chunks))
    return [taken for at in pressed if (taken := _until_moved(cursors, at)) is not None]


def _cursors(chunks: list[tuple[float, bytes]]) -> Iterator[tuple[float, str]]:
    """When which line had the cursor."""
    replay = Replay()
    screen = Screen(replay, COLUMNS, LINES)  # type: ignore[arg-type]
    for at, chunk in chunks:
        replay.written += chunk
        marked = [line[:12] for line in screen.lines if line.startswith(">")]
        yield at, marked[0] if marked else ""


def _until_moved(cursors: list[tuple[float, str]], pressed_at: float) -> float | None:
    before = [line for at, line in cursors if at <= pressed_at][-1]
    moved = (at for at, line in cursors if at > pressed_at and line != before)
    at = next(moved, None)
    return None if at is None else 1000 * (at - pressed_at)


@contextmanager
def opened(queue: Queue, *arguments: str, **more: Any) -> Iterator[TimedTerminal]:
    """A console in a terminal; *more* is its size and its environment."""
    terminal = TimedTerminal(queue, *arguments, **more)
    try:
        yield terminal
    finally:
        terminal.close()
        terminal.log.unlink(missing_ok=True)
        queue.command("DELETE FROM queued_job_processor")  # it was killed
