"""What texts that differ only in ids, numbers and names have in common.

Thousands of texts are folded for one screen. So a text is folded word by word: most
words have been seen before, and only those that may vary are looked at closely.
"""

import re
from functools import lru_cache

MESSAGE_CHARS = 120
"""Longest fingerprint."""
READ_CHARS = 200
"""More of a text is not looked at."""

_QUOTES = "\"'“«`"
_QUOTED = re.compile(
    r"""
      "[^"]*(?:"|\Z) | “[^”]*(?:”|\Z) | «[^»]*(?:»|\Z) | `[^`]*(?:`|\Z)
    | (?<!\w)'[^']*(?:'(?!\w)|\Z)
    """,
    re.VERBOSE,
)
_ADDRESS = re.compile(r"[\w.+%-]+@[\w.-]*\w")
_HEX = "[0-9a-fA-F]"
_VARIABLE = re.compile(
    rf"""
      {_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}
    | \d{{4}}-\d\d-\d\d(?:[T_]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?
    | (?<![^\W_])(?:0[xX])?{_HEX}{{6,}}(?![^\W_])
    | (?<![^\W_])[^\W\d_]*\d+[^\W\d_]+\d[^\W_]*
    | \d+(?:[.,:]\d+)*
    """,
    re.VERBOSE,
)
_SEVERAL = re.compile(r"#(?: #)+")


def fingerprint(text: str) -> str:
    """Return *text* with `#` for what varies: numbers, times, hex ids, what is quoted,
    e-mail addresses. Two texts of one cause have one fingerprint.
    """
    return _folded(text[:READ_CHARS], len(text) >= READ_CHARS)


def path_fingerprint(path: str) -> str:
    """Return the path of a url with `#` for what varies, part by part."""
    parts = path[:READ_CHARS].split("/")
    return "/".join([_folded_word(part) for part in parts])[:MESSAGE_CHARS]


@lru_cache(maxsize=4_096)
def _folded(text: str, is_cut: bool) -> str:
    if any(quote in text for quote in _QUOTES):
        text = _QUOTED.sub("#", text)
    folded = " ".join([_folded_word(word) for word in text.split()])
    if "# #" in folded:
        folded = _SEVERAL.sub("#", folded)
    if is_cut and len(folded) <= MESSAGE_CHARS:
        # Where the cut falls depends on what was folded before it.
        folded = folded.rpartition(" ")[0] or folded
    return folded[:MESSAGE_CHARS].rstrip()


@lru_cache(maxsize=8_192)
def _folded_word(word: str) -> str:
    if word.isdecimal():
        return "#"
    if "@" in word:
        word = _ADDRESS.sub("#", word)
    return _VARIABLE.sub("#", word)
