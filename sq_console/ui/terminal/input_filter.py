"""Input from a terminal, by its kind: keys, pastes, reports, and answers that
nobody asked for.

A terminal, or tmux in front of it, sends more than keys: colours, versions, clipboards.
Textual takes what it does not know for keys, and `rgb:1e1e` on a failed job's page is a
retry. Here whole control strings (OSC, DCS, APC, PM, SOS) and control sequences (CSI,
SS3) are read to their ends, however they are split over reads, in 7 and 8 bits; of them
only what *is_known* passes on. A paste stays one paste, whatever is in it.

A lone ESC is the escape key after `ESCAPE_SECS`. A string that never ends does not take
the keyboard with it: after `REPLY_SECS` a read as short as a key press is a key press
again, after `LONGEST_SECS` any read is. Nothing of a string is kept.
"""

import codecs
import re
from collections.abc import Callable
from enum import Enum, auto

ESC, BEL, ST, CAN, SUB = "\x1b", "\x07", "\x9c", "\x18", "\x1a"
ESCAPE_SECS = 0.1
REPLY_SECS = 2.0
LONGEST_SECS = 10.0
PASTE_SECS = 30.0
"""So long may the rest of a paste be under way."""
_KEY_PRESS_CHARS = 16
_SEQUENCE_CHARS = 256
_EIGHT_BIT = dict(zip("\x8f\x90\x98\x9b\x9d\x9e\x9f", "OPX[]^_", strict=True))
_PASTE, _PASTE_END = f"{ESC}[200~", f"{ESC}[201~"
_WITHOUT_ESC = re.compile(
    r"\[[?>=<]?[0-9;:]*\$?[A-Za-z~]|O[A-DFHP-S]"
    r"|\][0-9]{1,4}[;\x07\x1b]|P[0-9;]*[>!+$]|_[A-Z]|[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)"
)
"""How the rest begins of what was split just after its ESC."""


class Kind(Enum):
    """What a piece of input is."""

    TEXT = auto()
    """Characters, each a key."""
    SEQUENCE = auto()
    """A whole sequence that is known."""
    ESCAPE = auto()
    """The escape key."""
    ALT = auto()
    """A character with alt held down."""
    PASTE = auto()


Piece = tuple[Kind, str]


class InputFilter:
    """Takes what was read, gives the pieces. Times are seconds of a steady clock."""

    def __init__(
        self, is_known: Callable[[str], bool], escape_secs: float = ESCAPE_SECS
    ) -> None:
        self._is_known = is_known
        self._escape_secs = escape_secs
        self._state: Callable[[str], None] = self._ground
        self._sequence = ""
        self._pasted: list[str] = []
        self._missing = 0
        self._ends_with_bell = False
        self._pieces: list[Piece] = []
        self._now = self._began_at = self._last_input_at = 0.0
        self._lone_escape_at = -REPLY_SECS

    @property
    def is_waiting(self) -> bool:
        """Does it hold something back for what may follow?"""
        return self._state != self._ground

    def feed(self, text: str, now: float) -> list[Piece]:
        """The pieces that *text*, read in one go, completes."""
        self._now = now
        self._give_up(len(text))
        for character in self._with_lost_escape(text):
            self._state(character)
        self._last_input_at = now
        return self._taken()

    def tick(self, now: float) -> list[Piece]:
        """Pieces that nothing has followed for long enough."""
        self._now = now
        self._give_up(0)
        return self._taken()

    def _taken(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces

    def _give(self, kind: Kind, text: str = "") -> None:
        if kind is Kind.TEXT and self._pieces and self._pieces[-1][0] is kind:
            text = self._pieces.pop()[1] + text
        self._pieces.append((kind, text))

    # Where nothing follows

    def _give_up(self, read_chars: int) -> None:
        waited = self._now - self._began_at
        if self._state == self._escape:
            if waited >= self._escape_secs:
                self._lone_escape_at = self._now
                self._give(Kind.ESCAPE)
                self._end()
        elif self._state == self._paste:
            if self._now - self._last_input_at >= PASTE_SECS:
                self._end_paste("".join(self._pasted))
        elif self.is_waiting:
            is_key_press = read_chars <= _KEY_PRESS_CHARS
            if waited >= (REPLY_SECS if is_key_press else LONGEST_SECS):
                self._end()

    def _with_lost_escape(self, text: str) -> str:
        """*text* with the ESC before it that was taken for a key."""
        is_soon = self._now - self._lone_escape_at < REPLY_SECS
        self._lone_escape_at = -REPLY_SECS
        return f"{ESC}{text}" if is_soon and _WITHOUT_ESC.match(text) else text

    # States: each takes one character

    def _begin(self, state: Callable[[str], None]) -> None:
        self._state, self._began_at, self._sequence = state, self._now, ESC

    def _end(self) -> None:
        self._state = self._ground

    def _ground(self, character: str) -> None:
        if character == ESC:
            self._begin(self._escape)
        elif character in _EIGHT_BIT:
            self._begin(self._escape)
            self._escape(_EIGHT_BIT[character])
        elif not "\x80" <= character <= "\x9f":
            self._give(Kind.TEXT, character)

    def _escape(self, character: str) -> None:
        if character == ESC:
            self._give(Kind.ESCAPE)
            self._begin(self._escape)
        elif character in "[O":
            self._sequence += character
            self._state = self._parameters
        elif character in "]PX^_":
            self._ends_with_bell = character == "]"
            self._state = self._string
        else:
            self._end()
            self._with_escape(character)

    def _with_escape(self, character: str) -> None:
        if self._is_known(ESC + character):
            self._give(Kind.SEQUENCE, ESC + character)
        elif character < " ":  # two keys in one read
            self._give(Kind.ESCAPE)
            self._ground(character)
        else:
            self._give(Kind.ALT, character)

    def _parameters(self, character: str) -> None:
        """Of a CSI or SS3, up to its final character."""
        if " " <= character <= "?":
            self._sequence = (self._sequence + character)[:_SEQUENCE_CHARS]
        elif "@" <= character <= "~":
            self._final(character)
        else:
            self._end()
            self._ground(character)  # broken off; an ESC begins the next

    def _final(self, character: str) -> None:
        self._sequence += character
        self._end()
        if self._sequence in (f"{ESC}[M", f"{ESC}[["):
            # The old mouse report's three bytes; a function key of Linux' own console.
            self._missing = 3 if character == "M" else 1
            self._state = self._rest
        elif self._sequence == _PASTE:
            self._pasted, self._state = [], self._paste
        elif self._is_known(self._sequence):
            self._give(Kind.SEQUENCE, self._sequence)

    def _rest(self, character: str) -> None:
        self._sequence += character
        self._missing -= 1
        if not self._missing:
            self._end()
            if self._is_known(self._sequence):
                self._give(Kind.SEQUENCE, self._sequence)

    def _string(self, character: str) -> None:
        if character == ESC:
            self._state = self._string_escape
        elif character in (ST, CAN, SUB) or (character == BEL and self._ends_with_bell):
            self._end()

    def _string_escape(self, character: str) -> None:
        self._end()
        if character != "\\":
            self._begin(self._escape)
            self._escape(character)

    def _paste(self, character: str) -> None:
        self._pasted.append(character)
        if character == "~":
            text = "".join(self._pasted[-len(_PASTE_END) :])
            if text == _PASTE_END:
                self._end_paste("".join(self._pasted[: -len(_PASTE_END)]))

    def _end_paste(self, text: str) -> None:
        self._end()
        self._give(Kind.PASTE, text)


def _as_control(error: UnicodeError) -> tuple[str, int]:
    """8-bit controls are no UTF-8; what else is none becomes a replacement."""
    assert isinstance(error, UnicodeDecodeError)
    raw = error.object[error.start : error.end]
    shown = (chr(byte) if 0x80 <= byte <= 0x9F else "\ufffd" for byte in raw)
    return "".join(shown), error.end


codecs.register_error("sq-terminal", _as_control)


def decoder() -> codecs.IncrementalDecoder:
    """UTF-8 as it comes, in which 8-bit controls may stand."""
    return codecs.getincrementaldecoder("utf-8")("sq-terminal")
