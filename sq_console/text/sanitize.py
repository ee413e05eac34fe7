"""Foreign text made harmless for a terminal: urls, bodies, answers, names, errors.

A terminal obeys control sequences, so text from a database could move the cursor, write
the clipboard, or show one thing and mean another (CVE-2021-42574). `clean` makes every
such character visible and harmless. It drops only characters that would hide other
text: the selector that asks for a coloured emoji, and marks piled on one letter.
Characters that terminals give different widths (halves of flags, skin tones) are
spelled out too: they would shift the text behind them. The console and the verbs share
this module, so it knows no screen.
"""

import re
import unicodedata

CELL_CHARS = 500
"""Longest text worth putting on one line of a list."""
TEXT_CHARS = 65_536
"""Longest text worth reading on a screen."""

_PILE = 3
"""Combining marks kept on one letter; more of them cover the lines around it."""
_HARMLESS = re.compile(r"[ -~]*\Z")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_EMOJI_SELECTOR = "\ufe0f"
_OF_NO_SURE_WIDTH = re.compile("[\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]")
_MARKS = ("Mn", "Me", "Mc")
_JAMO = re.compile("[\u1161-\u11ff\ud7b0-\ud7ff]")
"""Vowels and ends of Korean syllables, which stand in the cell of their beginning."""


def clean(text: str, limit: int = CELL_CHARS, *, lines: bool = False) -> str:
    """Return *text*, cut at *limit* characters, with nothing in it a terminal obeys.

    With *lines* line feeds stay and tabs become spaces; without, the result is one
    line.
    """
    cut = text[:limit]
    if not _HARMLESS.match(cut):
        cut = _made_harmless(cut, lines=lines)
    return cut if len(text) <= limit else f"{cut}…"


def _made_harmless(text: str, *, lines: bool) -> str:
    if lines:
        text = text.replace("\r\n", "\n").expandtabs(4)
    return "".join(cleaned_characters(text, lines=lines))


def cleaned_characters(text: str, *, lines: bool = False) -> list[str]:
    """Return what `clean` shows for each character of *text*."""
    shown: list[str] = []
    marks = 0
    base = False
    for character in text:
        if unicodedata.category(character) in _MARKS or _JAMO.match(character):
            marks += 1
            shown.append(_mark(character, marks, on_letter=base))
            continue
        marks = 0
        if character == "\n" and lines:
            shown.append(character)
        else:
            shown.append(_spelled_out(character))
        base = character != "\n"
    return shown


def _mark(character: str, nth: int, *, on_letter: bool) -> str:
    """Return a combining mark: on a dotted circle when it has no letter, nothing when
    it is one too many.
    """
    if character == _EMOJI_SELECTOR or nth > _PILE:
        return ""
    if "\ufe00" <= character <= "\ufe0f" or character >= "\U000e0000":
        return _escaped(character)  # other selectors carry hidden text
    return character if on_letter else f"\u25cc{character}"


def _spelled_out(character: str) -> str:
    """Return one character, or the text that stands for it."""
    if character.isprintable():
        is_odd = character in _INVISIBLE_LETTERS or _OF_NO_SURE_WIDTH.match(character)
        return _escaped(character) if is_odd else character
    kind = unicodedata.category(character)
    if kind == "Cc":
        return _CONTROLS[character]
    if kind == "Cs":
        return "\ufffd"
    return " " if kind == "Zs" else _escaped(character)


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


_CONTROLS = {
    **{chr(code): chr(0x2400 + code) for code in range(0x20)},
    "\t": " ",
    "\n": "\u23ce",
    "\x7f": "\u2421",
    **{chr(code): f"\\x{code:02x}" for code in range(0x80, 0xA0)},
}
