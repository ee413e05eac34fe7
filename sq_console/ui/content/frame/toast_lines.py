"""Toasts as lines, in the place of the hints: they cover no row that a key acts on."""

from collections.abc import Iterator, Sequence

from sq_console.ui.content.lines import Line, Span, Tone
from sq_console.ui.state.toasts import Toast
from sq_console.ui.terminal.cells import cut, head, width_of

_MOST = 4
"""Lines for one toast: the whole text is among the messages."""
_MOST_WITH_OLDER = 3
"""Lines up to which older toasts are shown as well."""


def toast_lines(toasts: Sequence[Toast], width: int) -> list[Line]:
    """Return the newest of *toasts*, and those before it for which there is room."""
    shown: list[Line] = []
    for toast in reversed(toasts):
        tone = Tone.WARN if toast.bad else Tone.BOLD
        rows = list(_rows(toast.text, max(1, width - 2)))[:_MOST]
        if shown and len(shown) + len(rows) > _MOST_WITH_OLDER:
            break
        shown = [*((Span(f" {row}", tone),) for row in rows), *shown]
    return shown


def _rows(text: str, width: int) -> Iterator[str]:
    """Yield *text* broken between words, where they are not too long."""
    for _ in range(_MOST - 1):
        if width_of(text) <= width:
            break
        row = head(text, width + 1)
        blank = row.rfind(" ")
        row = row[:blank] if blank > width // 2 else head(text, width)
        yield row.rstrip()
        text = text[len(row) :].lstrip()
    yield cut(text, width)
