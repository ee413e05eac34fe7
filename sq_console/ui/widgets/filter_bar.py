"""The line above the keys: a field to type a filter, or the filters that are on."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from sq_console.ui.content.lines import Span, Tone, foreign
from sq_console.ui.widgets.one_line import Words
from sq_console.ui.widgets.painted import Lines


class FilterBar(Horizontal):
    """Hidden unless a filter is typed or on."""

    BINDINGS = [
        Binding("escape,ctrl+c", "close", "close", show=False),
        # They would open another pane while the filter is typed.
        Binding("tab,shift+tab", "stay", "stay", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed: the filter is to be applied."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Esc was pressed: the filter stays what it was."""

    def compose(self) -> ComposeResult:
        """Show a slash and a field, or a line of text."""
        yield Static("/", id="filter-slash", markup=False)
        yield Words(id="filter-input", compact=True, select_on_focus=False)
        yield Lines(id="filter-on")

    def open_input(self, text: str, hint: str) -> None:
        """Open the field with *text* in it."""
        self.add_class("-typing")
        field = self.query_one(Input)
        field.value, field.placeholder = text, hint
        field.cursor_position = len(text)
        # At once, not later: keys typed ahead are for the filter, not for the list.
        self.screen.set_focus(field)

    def show_filters(self, filters: list[tuple[str, str]]) -> None:
        """Close the field and show the filters that are on: (of what, filter)."""
        self.remove_class("-typing")
        self.set_class(bool(filters), "-on")
        shown: list[Span] = []
        for of_what, text in filters:
            shown += [
                Span(f" {of_what} filter ", Tone.DIM),
                foreign(text, Tone.WARN, 80),
            ]
        self.query_one(Lines).show((*shown, Span("   esc clears", Tone.DIM)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Submit the filter."""
        event.stop()
        self.post_message(self.Submitted(event.value.strip()))

    def action_stay(self) -> None:
        """Stay in the field."""

    def action_close(self) -> None:
        """Close the field."""
        self.post_message(self.Closed())
