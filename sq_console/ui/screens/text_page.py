"""A text over the screen: help, messages."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from sq_console.ui.content.lines import Line
from sq_console.ui.screens.modal import OverScreen
from sq_console.ui.widgets.text_view import TextView


class TextPage(OverScreen[None]):
    """A title and a text; any of the usual keys closes it."""

    BINDINGS = [
        Binding(
            "escape,q,question_mark,f1,enter,ctrl+c", "dismiss", "close", show=False
        )
    ]

    def __init__(self, title: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self._title = title
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Show title and text."""
        with Vertical(id="reader"):
            yield Static(
                f"{self._title}   (esc closes)", id="reader-title", markup=False
            )
            yield TextView(id="reader-text")

    def on_mount(self) -> None:
        """Show the text, which is known from the start."""
        self.query_one(TextView).show(self._lines)
