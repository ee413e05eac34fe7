"""A screen that shows the database: header, banners, something, keys.

The refresh loop asks it to look; it reads what it shows and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.screen import Screen

from sq_console.ui.content.banners import banners
from sq_console.ui.content.header import header
from sq_console.ui.keys import BACK, EVERYWHERE
from sq_console.ui.situation import Situation
from sq_console.ui.widgets.key_hints import KeyHints
from sq_console.ui.widgets.painted import Lines

if TYPE_CHECKING:
    from sq_console.ui.app import ConsoleApp
    from sq_console.ui.reading import Vitals


class LiveScreen(Screen[None]):
    """Header on top, keys at the bottom; subclasses fill the middle."""

    BINDINGS = [*BACK, *EVERYWHERE]

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Lines(id="header")
        yield Lines(id="banners")
        yield from self.compose_middle()
        yield KeyHints(id="hints")

    def compose_middle(self) -> ComposeResult:
        """What is between banners and keys."""
        raise NotImplementedError

    @property
    def console(self) -> ConsoleApp:
        """The app, by its own name."""
        from sq_console.ui.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)  # no other app makes these screens
        return self.app

    async def look(self, *, full: bool) -> Vitals | None:
        """Read what is shown, show it, and give the vitals if they were read.

        Without *full* only what must be followed closely is read. Raises StoreError.
        """
        raise NotImplementedError

    def situate(self, situation: Situation) -> None:
        """Tell in header and banners how things stand."""
        clock, width = self.console.clock, self.size.width
        self.query_one("#header", Lines).show(*header(situation, clock, width))
        told = banners(situation, clock, width)
        strip = self.query_one("#banners", Lines)
        strip.styles.height = len(told)
        strip.show(*told)

    def action_escape(self) -> None:
        """Nothing to close: esc never quits."""
