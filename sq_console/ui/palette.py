"""The command palette's entries: every action of the screen, by its name and by the
words that people type for it.

An entry about jobs acts on those chosen when it was listed. The palette runs the entry
after it has closed, when another key or a refresh may have moved the cursor; the entry
is refused then.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple

from textual.command import (
    CommandList,
    CommandPalette,
    DiscoveryHit,
    Hit,
    Hits,
    Provider,
)
from textual.screen import Screen

from sq_console.ui.palette_words import WORDS, rank
from sq_console.ui.screens.live_screen import LiveScreen

_Run = Callable[[], Awaitable[object]]


class PaletteEntry(NamedTuple):
    """An action that can be chosen."""

    title: str
    help: str
    words: str
    """What else people call it."""
    run: Callable[[], object]


class Palette(CommandPalette):
    """Textual's palette, which fails on a page key in a list without a layout."""

    def _action_command_list(self, action: str) -> None:
        if self.query_one(CommandList).size.height:
            super()._action_command_list(action)


class ActionProvider(Provider):
    """The entries that fit what was typed."""

    def _entries(self) -> Iterable[PaletteEntry]:
        entries: Callable[[Screen[object]], Iterable[PaletteEntry]]
        entries = getattr(self.app, "palette_entries", lambda _: ())
        return entries(self.screen)

    async def discover(self) -> Hits:
        """Yield every entry."""
        for entry in self._entries():
            yield DiscoveryHit(entry.title, entry.run, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Yield the entries that *query* may mean; the likeliest first."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = rank(query, entry.title, entry.words, entry.help)
            score = score or matcher.match(entry.title) / 10
            if score > 0:
                shown = matcher.highlight(entry.title)
                yield Hit(score, shown, entry.run, help=entry.help)


def entries(screen: Screen[object]) -> Iterable[PaletteEntry]:
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
            title = binding.description.capitalize()
            words = WORDS.get(binding.action, "")
            yield PaletteEntry(title, binding.tooltip, words, run)


async def _run_on_chosen(screen: LiveScreen, choice: object, run: _Run) -> None:
    if screen.choice() == choice:
        await run()
    else:
        screen.console.notify_operator(
            "not done: the cursor has moved meanwhile", bad=True
        )
