"""Screens over a live screen: dialogs, forms, texts to read."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from sq_console.ui.widgets.painted import TONE_CLASSES

UNCOVER_SECS = 0.05
"""The time the screen below needs for its layout."""

Result = TypeVar("Result")


class OverScreen(ModalScreen[Result]):
    """A modal screen that ends with a result."""

    COMPONENT_CLASSES = TONE_CLASSES
    # Textual repaints the whole screen when the focus moves. The widgets concerned
    # repaint themselves; the rest would load a slow line for nothing.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """End; the screen below is painted once, after its layout."""
        self.app.delay_update(UNCOVER_SECS)
        return super().dismiss(result)
