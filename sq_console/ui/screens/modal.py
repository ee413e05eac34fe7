"""What lies over a live screen for a while: dialogs, forms, texts to read."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from sq_console.ui.widgets.painted import TONE_CLASSES

GONE_SECS = 0.05
"""What the screen below takes to be laid out again."""

Result = TypeVar("Result")


class OverScreen(ModalScreen[Result]):
    """Ends with a result."""

    COMPONENT_CLASSES = TONE_CLASSES
    # Textual's own paints the whole screen anew when the focus moves; the widgets
    # concerned repaint themselves, and a slow line has no room for the rest.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """End; what is below is painted once, when all is laid out."""
        self.app.delay_update(GONE_SECS)
        return super().dismiss(result)
