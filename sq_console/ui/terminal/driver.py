"""Textual's driver for terminals, and what it does not do for an operator.

Input passes `input_filter` before Textual's parser sees it. The mouse is switched
through the driver, which keeps it over a suspension and leaves no report switched on,
whatever was asked for before. The size is the terminal's own: neither COLUMNS and
LINES, which are exported and grow old, nor the lack of a terminal on standard output
change it. A SIGCONT without a suspension before it starts nothing twice.
"""

import os
import re
import selectors
from collections.abc import Iterable, Iterator
from time import monotonic

from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from sq_console.ui.terminal.input_filter import ESC, InputFilter, Kind, Piece, decoder
from sq_console.ui.terminal.screen_diff import ScreenDiff, keeps_colour

_MOUSE_MODES = (1000, 1002, 1003, 1015, 1006, 1016)
_WAIT_SECS, _HURRY_SECS = 0.1, 0.02
_REPORT = re.compile(
    r"\x1b\[(?:[IO]|<?[-\d;]+[mM]|\?\d+;\d\$y|\d+;\d+R|48(?:;[\d:]+){4}t)\Z"
)
"""What Textual understands that is no key: focus, mouse, modes, cursor, size."""


class ConsoleParser(XTermParser):
    """Textual's parser, which is given whole sequences only."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self.input = InputFilter(self._is_known, constants.ESCAPE_DELAY)

    def feed(self, data: str) -> Iterable[Message]:
        """The messages that *data*, read in one go, completes."""
        return self._messages(self.input.feed(data, monotonic()))

    def tick(self) -> Iterable[Message]:
        """Messages for what nothing has followed for long enough."""
        return self._messages(self.input.tick(monotonic()))

    def _is_known(self, sequence: str) -> bool:
        if _REPORT.match(sequence):
            return True
        try:
            return any(self._sequence_to_key_events(sequence))
        except (ValueError, OverflowError):  # no such character
            return False

    def _messages(self, pieces: Iterable[Piece]) -> Iterator[Message]:
        for kind, text in pieces:
            match kind:
                case Kind.ESCAPE:
                    yield events.Key("escape", ESC)
                case Kind.ALT:
                    yield from self._sequence_to_key_events(text, alt=True)
                case Kind.PASTE:
                    yield events.Paste(text.replace("\0", ""))
                case _:
                    yield from super().feed(text)


class ConsoleDriver(LinuxDriver):
    """The driver of the console."""

    _suspended = False
    _diff: ScreenDiff | None = None

    def write(self, data: str) -> None:
        """Send what changes the terminal's cells, and no more."""
        if self._diff is None:
            self._diff = ScreenDiff(keeps_colour=keeps_colour())
        columns, lines = self._get_terminal_size()
        super().write(self._diff.reduce(data, columns, lines))

    def forget_cells(self) -> None:
        """Take nothing for shown: the next paint is sent whole."""
        if self._diff is not None:
            self._diff.forget()

    def process_message(self, message: Message) -> None:
        """Hand an event on. A terminal that was resized has moved its cells."""
        if isinstance(message, events.Resize):
            self.forget_cells()
        super().process_message(message)

    def set_mouse(self, on: bool) -> None:
        """Have the mouse reported, or leave it to the terminal."""
        self._disable_mouse_support()
        self._mouse = on
        self._enable_mouse_support()
        if self._in_band_window_resize:
            self._enable_mouse_pixels()  # the parser counts in them from then on
        self.flush()

    def _disable_mouse_support(self) -> None:
        self.write("".join(f"\x1b[?{mode}l" for mode in _MOUSE_MODES))
        self.flush()

    def _get_terminal_size(self) -> tuple[int, int]:
        return terminal_size(2, self.fileno)  # what is painted goes to standard error

    def suspend_application_mode(self) -> None:
        """Leave the terminal as it was."""
        super().suspend_application_mode()
        self._suspended = True

    def resume_application_mode(self) -> None:
        """Take it again."""
        self._suspended = False
        self.forget_cells()
        super().resume_application_mode()

    def _sigcont_application(self, *_: object) -> None:
        if self._auto_restart and self._suspended:
            self.resume_application_mode()

    def run_input_thread(self) -> None:
        """Read until the driver is stopped."""
        parser, decode = ConsoleParser(self._debug), decoder().decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                wait_secs = _HURRY_SECS if parser.input.is_waiting else _WAIT_SECS
                if selector.select(wait_secs):
                    for message in parser.feed(decode(self._read())):
                        self.process_message(message)
                for message in parser.tick():
                    self.process_message(message)

    def _read(self) -> bytes:
        try:
            read = os.read(self.fileno, 4_096)
        except OSError:
            read = b""
        if not read:
            self.exit_event.wait(_WAIT_SECS)  # the terminal has gone; others see to it
        return read


def terminal_size(*fds: int) -> tuple[int, int]:
    """(columns, lines) of the terminal on the first of *fds* that is one."""
    for fd in fds:
        try:
            size = os.get_terminal_size(fd)
        except OSError:
            continue
        if size.columns and size.lines:
            return size.columns, size.lines
    return 80, 24
