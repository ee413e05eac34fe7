"""What an operator sees: the program in a real pty, its bytes interpreted by a terminal
emulator, and keys sent the way a keyboard sends them.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyte
from wcwidth import wcwidth

from tests.cli.pty_program import Terminal, in_terminal
from tests.waiting import eventually

# Private modes and queries that pyte does not know and would print.
_UNKNOWN = re.compile(
    r"\x1b\[[<>=?][0-9;]*(?:u|\$p|m)|\x1b\[\?2026[hl]|\x1bP[^\x1b]*\x1b\\"
)


def _is_drawn(character: str) -> bool:
    """False for what takes no cell and pyte, unlike a terminal, stumbles over."""
    return wcwidth(character) != 0 or bool(unicodedata.combining(character))


ENTER, ESC, F2, TAB, BACKSPACE = "\r", "\x1b", "\x1bOQ", "\t", "\x7f"


class Screen:
    """The program's screen as lines of text."""

    def __init__(self, terminal: Terminal, columns: int, lines: int) -> None:
        self.terminal = terminal
        self.height = lines
        self._fed = 0
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def _feed(self) -> None:
        written = self.terminal.written
        text = self._decoder.decode(written[self._fed :])
        self._fed = len(written)
        self._stream.feed("".join(filter(_is_drawn, _UNKNOWN.sub("", text))))

    def overwrite(self, text: str) -> None:
        """Something else writes on the terminal."""
        self._feed()
        self._stream.feed(text)

    def resize(self, columns: int, lines: int) -> None:
        """The terminal has another size from now on, and other cells."""
        self.terminal.resize(columns, lines)
        self.height = lines
        self._feed()
        self._screen.resize(lines, columns)

    @property
    def lines(self) -> list[str]:
        self._feed()
        return [line.rstrip() for line in self._screen.display]

    def cells(self, row: int) -> list[str]:
        """What stands in each cell; the second one of a wide character is empty."""
        self._feed()
        line = self._screen.buffer[row]
        return [line[column].data for column in range(self._screen.columns)]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def press(self, keys: str) -> None:
        self.terminal.press(keys)

    def shows(self, words: str, timeout_secs: float = 30) -> None:
        """Wait until *words* stand on the screen."""
        try:
            eventually(lambda: words in self.text, timeout_secs)
        except AssertionError:
            raise AssertionError(f"{words!r} is not on\n{self.text}") from None

    def hides(self, words: str, timeout_secs: float = 30) -> None:
        """Wait until *words* no longer stand on the screen."""
        try:
            eventually(lambda: words not in self.text, timeout_secs)
        except AssertionError:
            raise AssertionError(f"{words!r} is still on\n{self.text}") from None

    def press_until(self, key: str, done: Callable[[], bool]) -> None:
        """Press *key*, and again while it was refused: a key does nothing to a job that
        had not been seen under the cursor when it was pressed."""
        for _ in range(10):
            self.press(key)
            try:
                eventually(done, 1.5)
            except AssertionError:
                continue
            return
        raise AssertionError(f"{key!r} does nothing on\n{self.text}")

    def answer(self, key: str, question: str) -> None:
        """Answer a dialog, which ignores keys typed ahead for its first 300 ms."""

        def answered() -> bool:
            if question in self.text:
                self.press(key)
            return question not in self.text

        eventually(answered)


@contextmanager
def console(
    *arguments: str, cwd: Path, columns: int, lines: int, **more: Any
) -> Iterator[Screen]:
    """The console on a screen of that size, ended at the end."""
    size = {"columns": columns, "lines": lines}
    with in_terminal(*arguments, cwd=cwd, TZ="UTC", **size, **more) as terminal:
        yield Screen(terminal, columns, lines)
