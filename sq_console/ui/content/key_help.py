"""The help page: every key that works on the screen it was opened from, and no other.

Its lines are made from the active bindings, so it cannot disagree with them.
"""

from collections.abc import Iterable

from textual.binding import Binding

from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.keys import GROUPS, name_of
from sq_console.ui.terminal.cells import left


def key_help_lines(bindings: Iterable[Binding]) -> list[Line]:
    """Return a section for each group, with a line for each action and all its keys."""
    groups: dict[str, dict[str, list[Binding]]] = {}
    for binding in bindings:
        if binding.group is not None and binding.tooltip:
            actions = groups.setdefault(binding.group.description, {})
            actions.setdefault(binding.action, []).append(binding)
    lines: list[Line] = []
    for title in sorted(groups, key=GROUPS.index):
        actions = groups[title]
        lines += [BLANK, (Span(f"  {title}", Tone.BOLD),)]
        lines += [_action_line(keys) for keys in actions.values()]
    return lines[1:]


def _action_line(bindings: list[Binding]) -> Line:
    keys = " ".join(dict.fromkeys(name_of(binding) for binding in bindings))
    return Span(f"  {left(keys, 15)} ", Tone.KEY), Span(bindings[0].tooltip)
