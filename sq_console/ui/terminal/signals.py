"""Leaving on a signal, whatever state the terminal is in.

Textual handles no signals: SIGTERM would leave the terminal in disarray, SIGHUP would
cut calls off, and a terminal that has gone spins a core. A Python handler runs only
when the main thread gets to run, and writing to a stalled terminal may keep that thread
from anything else; so the handler leaves a word, and a plain thread does the rest: it
drains the processor, asks the screen to go, and ends the process if the screen cannot.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sq_console.processor.thread import ProcessorThread

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
FLUSH_SECS = 15.0
"""What a processor may need beyond its drain time: abort, record, let go."""
_CHECK_SECS = 1.0
_SCREEN_SECS = 3.0
"""How long a screen may take to go, once nothing else is waited for."""
_LEAVE_TERMINAL = (
    b"\x1b[<u\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m\r\n"
)


def has_terminal() -> bool:
    """Is there still someone at the other end?"""
    try:
        return sys.__stdin__ is not None and os.isatty(sys.__stdin__.fileno())
    except ValueError:
        return False


class SignalGuard:
    """Holds the signals while the console runs, and watches the terminal."""

    def __init__(
        self,
        processor: ProcessorThread | None,
        drain_secs: float,
        leave: Callable[[], None],
    ) -> None:
        self._processor = processor
        self._patience_secs = drain_secs + FLUSH_SECS
        self._leave = leave
        # Putting into a SimpleQueue is safe in a signal handler; taking a lock is not.
        self._signals: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._screen_gone = threading.Event()
        # What was ignored at the start, by nohup say, stays so; but it can be ended.
        self._before = {
            number: handler
            for number in SIGNALS
            for handler in (signal.getsignal(number),)
            if number is signal.SIGTERM or handler != signal.SIG_IGN
        }
        self._terminal = _terminal_attributes()
        self._thread = threading.Thread(
            target=self._watch, name="sq-lifeline", daemon=True
        )

    def __enter__(self) -> Self:
        """Take the signals. Must be called on the main thread."""
        for number in self._before:
            signal.signal(number, self._queue)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        self._signals.put("done")
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def screen_has_gone(self) -> None:
        """The screen is down and the terminal as it was."""
        self._screen_gone.set()

    def _queue(self, number: int, frame: FrameType | None) -> None:
        self._signals.put(signal.Signals(number).name)

    def _watch(self) -> None:
        if self._next_signal() == "done":
            return
        if self._processor is not None:
            self._processor.drain()
        self._leave()
        threading.Thread(
            target=self._stop_on_second, name="sq-second-signal", daemon=True
        ).start()
        if self._processor is not None:
            self._processor.join(self._patience_secs)
        if not self._screen_gone.wait(_SCREEN_SECS):
            self._abandon_screen()

    def _next_signal(self) -> str:
        """A signal's name, "terminal gone", or "done"."""
        while True:
            try:
                return self._signals.get(timeout=_CHECK_SECS)
            except queue.Empty:
                if not self._screen_gone.is_set() and not has_terminal():
                    return "terminal gone"

    def _stop_on_second(self) -> None:
        """A second signal stops at once what the first one drained."""
        word = self._signals.get()
        if word != "done" and self._processor is not None:
            self._processor.stop()

    def _abandon_screen(self) -> None:
        """The main thread hangs on a terminal that takes nothing: leave without it."""
        if self._terminal is not None:
            try:
                termios.tcsetattr(0, termios.TCSANOW, self._terminal)
                os.set_blocking(2, False)
                os.write(2, _LEAVE_TERMINAL)
            except (OSError, termios.error):
                pass  # nobody is there to see it
        os._exit(0)


def _terminal_attributes() -> list[int | list[bytes | int]] | None:
    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None
