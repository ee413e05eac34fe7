"""The line above the keys in which a filter is typed, and which says that one is on."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from sq_console.ui.content.lines import Span, Tone, foreign
from sq_console.ui.widgets.one_line import Words
from sq_console.ui.widgets.painted import Lines


class FilterBar(Horizontal):
    """Out of sight unless a filter is typed or on."""

    BINDINGS = [
        Binding("escape,ctrl+c", "close", "close", show=False),
        # They would open another pane behind what is being typed.
        Binding("tab,shift+tab", "stay", "stay", show=False),
    ]

    class Typed(Message):
        """Enter was pressed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Esc was pressed: the filter stays what it was."""

    def compose(self) -> ComposeResult:
        """A slash and a field, or a line of text."""
        yield Static("/", id="filter-slash", markup=False)
        yield Words(id="filter-input", compact=True, select_on_focus=False)
        yield Lines(id="filter-told")

    def open_input(self, text: str, hint: str) -> None:
        """Let it be typed, beginning with *text*."""
        self.add_class("-typing")
        field = self.query_one(Input)
        field.value, field.placeholder = text, hint
        field.cursor_position = len(text)
        # At once, not soon: keys typed ahead are the filter's, not the list's.
        self.screen.set_focus(field)

    @property
    def is_typing(self) -> bool:
        """Is the field open?"""
        return self.has_class("-typing")

    def show_filter(self, filters: list[tuple[str, str]]) -> None:
        """Say which filters are on: (of what, filter)."""
        self.remove_class("-typing")
        self.set_class(bool(filters), "-on")
        told: list[Span] = []
        for of_what, text in filters:
            told += [
                Span(f" {of_what} filter ", Tone.DIM),
                foreign(text, Tone.WARN, 80),
            ]
        self.query_one(Lines).show((*told, Span("   esc clears", Tone.DIM)))

    def complain(self, why: str) -> None:
        """The filter cannot be; keep typing."""
        self.app.notify(why, severity="warning", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter applies."""
        event.stop()
        self.post_message(self.Typed(event.value.strip()))

    def action_stay(self) -> None:
        """Go on typing."""

    def action_close(self) -> None:
        """Esc closes."""
        self.post_message(self.Closed())
