"""The lines above the keys: a field to type a filter and the terms that can be typed,
or the filters that are on.
"""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from sq_console.ui.content.found import filter_help, refusal_line
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.state.panes import Pane
from sq_console.ui.widgets.one_line import Words
from sq_console.ui.widgets.painted import Lines


class FilterBar(Vertical):
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

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._pane: Pane | None = None
        self._hint = ""

    def compose(self) -> ComposeResult:
        """Show a slash and a field with its help, or a line of text."""
        with Horizontal(id="filter-typed"):
            yield Static("/", id="filter-slash", markup=False)
            yield Words(id="filter-input", compact=True, select_on_focus=False)
        yield Lines(id="filter-help")
        yield Lines(id="filter-on")

    def open_input(
        self, text: str, pane: Pane | None = None, *, hint: str = ""
    ) -> None:
        """Open the field with *text* in it, for a filter whose terms *pane* knows, or
        for what *hint* says.
        """
        self._pane, self._hint = pane, hint
        self.add_class("-typing")
        field = self.query_one(Input)
        field.value = text
        field.select_all()  # what is typed replaces it; an arrow key keeps it
        self._show_help(text)
        # At once, not later: keys typed ahead are for the filter, not for the list.
        self.screen.set_focus(field)

    def show_refusal(self, reason: str) -> None:
        """Show why the filter cannot be; the text stays, to be mended."""
        self.query_one("#filter-help", Lines).show(refusal_line(reason))

    def show_filters(self, filters: list[tuple[str, str]]) -> None:
        """Close the field and show the filters that are on: (what it is, filter)."""
        self.remove_class("-typing")
        self.set_class(bool(filters), "-on")
        shown: list[Span] = []
        for what, text in filters:
            shown += [Span(f" {what} ", Tone.DIM), foreign(text, Tone.WARN, 80)]
        on = self.query_one("#filter-on", Lines)
        on.show((*shown, Span("   esc clears", Tone.DIM)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what can be typed next."""
        event.stop()
        self._show_help(event.value)

    def _show_help(self, typed: str) -> None:
        line: Line = (Span(f" {self._hint}", Tone.DIM),)
        if self._pane is not None:
            line = filter_help(typed, self._pane, self.screen.size.width)
        self.query_one("#filter-help", Lines).show(line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Submit the filter."""
        event.stop()
        self.post_message(self.Submitted(event.value.strip()))

    def action_stay(self) -> None:
        """Stay in the field."""

    def action_close(self) -> None:
        """Close the field."""
        self.post_message(self.Closed())
