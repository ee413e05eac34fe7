"""What texts that differ only in ids, numbers and names have in common.

Thousands of texts are folded for one screen. So a text is folded word by word: only
words that may vary are looked at closely, and most of them have been seen before.
"""

import re
from functools import lru_cache

MESSAGE_CHARS = 120
"""Longest fingerprint."""
READ_CHARS = 200
"""More of a text is not looked at."""

_QUOTED = re.compile(
    r"""
      "[^"]*(?:"|\Z) | “[^”]*(?:”|\Z) | «[^»]*(?:»|\Z) | `[^`]*(?:`|\Z)
    | '(?<!\w')[^']*(?:'(?!\w)|\Z)
    """,
    re.VERBOSE,
)
"""Each begins with its quote: then they are found ten times as fast."""
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
_MAY_VARY = re.compile(rf"[\d@]|{_HEX}{{6}}")
_SEVERAL = re.compile(r"#(?: #)+")


def fingerprint(text: str) -> str:
    """Return *text* with `#` for what varies: numbers, times, hex ids, what is quoted,
    e-mail addresses. Two texts of one cause have one fingerprint.
    """
    is_cut, text = len(text) >= READ_CHARS, text[:READ_CHARS]
    folded = " ".join(_folded(_QUOTED.sub("#", text).split()))
    if "# #" in folded:
        folded = _SEVERAL.sub("#", folded)
    if is_cut and len(folded) <= MESSAGE_CHARS:
        # Where the cut falls depends on what was folded before it.
        folded = folded.rpartition(" ")[0] or folded
    return folded[:MESSAGE_CHARS].rstrip()


def path_fingerprint(path: str) -> str:
    """Return the path of a url with `#` for what varies, part by part."""
    return "/".join(_folded(path[:READ_CHARS].split("/")))[:MESSAGE_CHARS]


def _folded(words: list[str]) -> list[str]:
    search = _MAY_VARY.search
    return [_folded_word(word) if search(word) else word for word in words]


@lru_cache(maxsize=8_192)
def _folded_word(word: str) -> str:
    if "@" in word:
        word = _ADDRESS.sub("#", word)
    return _VARIABLE.sub("#", word)
