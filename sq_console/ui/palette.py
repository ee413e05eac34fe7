"""The command palette's entries: every action of the screen, by name.

An entry about jobs acts on those chosen when it was listed. The palette runs the entry
after it has closed, when another key or a refresh may have moved the cursor; the entry
is refused then.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from textual.app import SystemCommand
from textual.command import CommandList, CommandPalette
from textual.screen import Screen

from sq_console.ui.screens.live_screen import LiveScreen

_Run = Callable[[], Awaitable[object]]


class Palette(CommandPalette):
    """Textual's palette, which fails on a page key in a list without a layout."""

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).size.height:
            super()._action_command_list(action)


def commands(screen: Screen[object]) -> Iterable[SystemCommand]:
    """Return an entry for each active binding, but for those that only move."""
    listed: set[str] = set()
    for one in screen.active_bindings.values():
        binding = one.binding
        group = binding.group.description if binding.group else "MOVING"
        is_entry = group != "MOVING" and binding.description and one.enabled
        if is_entry and binding.action not in listed:
            listed.add(binding.action)
            run: _Run = partial(screen.app.run_action, binding.action, one.node)
            if group == "JOBS" and isinstance(screen, LiveScreen):
                run = partial(_run_on_chosen, screen, screen.choice(), run)
            yield SystemCommand(binding.description.capitalize(), binding.tooltip, run)


async def _run_on_chosen(screen: LiveScreen, choice: object, run: _Run) -> None:
    if screen.choice() == choice:
        await run()
    else:
        screen.console.notify_operator(
            "not done: the cursor has moved meanwhile", bad=True
        )
