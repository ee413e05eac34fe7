"""Width in cells of a terminal: the one place where text is measured, cut and padded.

A character takes no cell (a combining mark), one, or two (CJK, emoji): counting
characters would shift the columns behind. Texts here have been through `sanitize`,
which leaves no joiner and no selector, so that a text is as wide as its characters are.
Lists of the console and tables of the verbs both come through here.
"""

from collections.abc import Iterable


def width_of(text: str) -> int:
    """Cells that *text* takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len  # verbs start without it

    return cell_len(text)


def is_plain(text: str) -> bool:
    """Does each character of *text* take one cell?"""
    return text.isascii() or all(width_of(character) == 1 for character in text)


def head(text: str, width: int) -> str:
    """As much of the beginning of *text* as *width* cells hold."""
    return text[:width] if text.isascii() else text[: _fitting(text, width)]


def tail(text: str, width: int) -> str:
    """As much of its end; it does not begin with a mark that has lost its letter."""
    start = len(text) - _fitting(reversed(text), width)
    while start < len(text) and not width_of(text[start]):
        start += 1
    return text[start:]


def _fitting(text: Iterable[str], width: int) -> int:
    """How many characters fit."""
    number = used = 0
    for number, character in enumerate(text):
        used += width_of(character)
        if used > width:
            return number
    return number + 1 if used else 0


def cut(text: str, width: int) -> str:
    """*text* in at most *width* cells, its end replaced by an ellipsis."""
    if width_of(text) <= width:
        return text
    return "" if width < 1 else head(text, width - 1).rstrip() + "…"


def cut_middle(text: str, width: int) -> str:
    """*text* in at most *width* cells, its middle replaced: what tells two urls apart
    is mostly at their ends.
    """
    if width_of(text) <= width or width < 12:
        return cut(text, width)
    end = tail(text, (width - 1) * 2 // 5).lstrip()
    return head(text, width - 1 - width_of(end)) + "…" + end


def left(text: str, width: int) -> str:
    """*text* in exactly *width* cells."""
    shown = cut(text, width)
    return shown + " " * (width - width_of(shown))


def right(text: str, width: int) -> str:
    """The same at the right edge."""
    shown = cut(text, width)
    return " " * (width - width_of(shown)) + shown
