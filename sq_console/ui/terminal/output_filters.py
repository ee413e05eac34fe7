"""The last filters before the terminal: no segment makes it obey, some are ASCII only.

Textual and rich pass ESC, C1 and bidi characters through. Foreign text is cleaned once,
where a line is made (`content.lines.foreign`), for only then do its widths fit. Below
that lies a net: `ControlFilter` sees every segment of every widget, Textual's own
included, just before it is written.
"""

import locale
import os
import re
from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from sq_console.ui.terminal.cells import width_of

_LANGUAGE = re.compile("[a-z]{2,3}_[A-Z]{2}")
_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


class ControlFilter(LineFilter):
    """Puts a `?` for every character a terminal would obey, wherever it came from."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each as wide as it was."""
        return [
            segment
            if segment.control or not _OBEYED.search(segment.text)
            else Segment(_disarmed(segment.text), segment.style)
            for segment in segments
        ]


def _disarmed(text: str) -> str:
    """What takes no cell is dropped, what takes one is marked: the width stays."""
    return _OBEYED.sub(lambda found: "?" * width_of(found[0]), text)


class AsciiFilter(LineFilter):
    """For terminals that know ASCII only: `SQ_ASCII=1`, or a locale without UTF-8."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each as wide as it was."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(_asciified(segment.text), segment.style)
            for segment in segments
        ]


def _asciified(text: str) -> str:
    return "".join(
        character
        if character.isascii()
        else _TWINS.get(character, "?") * width_of(character)
        for character in text
    )


_TWINS = {
    "…": "~",
    "·": ",",
    "│": "|",
    "─": "-",
    "━": "-",
    "┃": "|",
    **dict.fromkeys("╭╮╰╯", "+"),
    "╸": "-",
    "╺": "-",
    "⏎": "$",
    "▔": " ",
    "▎": "|",
    "▌": "|",
    "▊": "|",
    **dict(zip("▁▂▃▄▅▆▇█", "..:::###", strict=True)),
}
_OWN = re.compile(f"[{''.join(_TWINS)}]")
_ASCII_TERMINALS = ("vt", "ansi", "dumb", "cons25")
"""How the names of those begin that have no other characters."""


class GlyphFilter(LineFilter):
    """For the console of Linux: it knows letters, but few of the signs we draw with."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, each as wide as it was."""
        return [
            segment
            if segment.control or segment.text.isascii()
            else Segment(
                _OWN.sub(lambda found: _TWINS[found[0]], segment.text), segment.style
            )
            for segment in segments
        ]


def filters_for(environ: Mapping[str, str] = os.environ) -> list[LineFilter]:
    """Return the last filters for the terminal that the environment describes."""
    if wants_ascii(environ):
        return [ControlFilter(), AsciiFilter()]
    if environ.get("TERM") == "linux" and "SQ_ASCII" not in environ:
        return [ControlFilter(), GlyphFilter()]
    return [ControlFilter()]


def wants_ascii(environ: Mapping[str, str] = os.environ) -> bool:
    """Has the operator asked for ASCII, or do locale or terminal know nothing else?"""
    if "SQ_ASCII" in environ:
        return environ["SQ_ASCII"] not in ("", "0")
    if environ.get("TERM", "").startswith(_ASCII_TERMINALS):
        return True
    name = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG", "")
    if "." not in name and _LANGUAGE.match(name):
        # `en_US` alone is a character set of its own, and mostly not UTF-8.
        name = f".{locale.getencoding()}"
    return "." in name and "utf" not in name.lower()
