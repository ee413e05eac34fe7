"""The help page: every key that works on the screen it was opened from, and no other.

Its lines are made from the active keys, so it cannot disagree with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.terminal.cells import left

GROUPS = ("JOBS", "PANES", "LISTS", "MOVING", "VIEW", "CONSOLE")
"""The sections of the help page, in their order."""


@dataclass(frozen=True, slots=True)
class HelpKey:
    """A key as the help page names it."""

    group: str
    """One of `GROUPS`."""
    action: str
    key: str
    """The key as it is written on the screen."""
    tooltip: str


def key_help_lines(keys: Iterable[HelpKey]) -> list[Line]:
    """Return a section for each group, with a line for each action and all its keys."""
    groups: dict[str, dict[str, list[HelpKey]]] = {}
    for key in keys:
        groups.setdefault(key.group, {}).setdefault(key.action, []).append(key)
    lines: list[Line] = []
    for title in sorted(groups, key=GROUPS.index):
        lines += [BLANK, (Span(f"  {title}", Tone.BOLD),)]
        lines += [_action_line(keys_of) for keys_of in groups[title].values()]
    return lines[1:]


def _action_line(keys: list[HelpKey]) -> Line:
    names = " ".join(dict.fromkeys(key.key for key in keys))
    return Span(f"  {left(names, 15)} ", Tone.KEY), Span(keys[0].tooltip)
