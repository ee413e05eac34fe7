"""The command palette's entries: every action of the screen, by name."""

from collections.abc import Iterable
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen


def commands(screen: Screen[object]) -> Iterable[SystemCommand]:
    """Made from the active bindings, so that each key has its entry; but for those that
    only move.
    """
    told: set[str] = set()
    for one in screen.active_bindings.values():
        binding = one.binding
        group = binding.group.description if binding.group else "MOVING"
        is_entry = group != "MOVING" and binding.description and one.enabled
        if is_entry and binding.action not in told:
            told.add(binding.action)
            run = partial(screen.app.run_action, binding.action, one.node)
            yield SystemCommand(binding.description.capitalize(), binding.tooltip, run)
