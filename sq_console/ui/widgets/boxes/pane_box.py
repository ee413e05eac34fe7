"""A pane: its bar, the titles of its columns, its list. Folded: only the bar."""

from textual.app import ComposeResult
from textual.containers import Vertical

from sq_console.ui.content.lines import Line
from sq_console.ui.state.panes import Pane
from sq_console.ui.widgets.cause_list import CauseList
from sq_console.ui.widgets.job_list import JobList
from sq_console.ui.widgets.log_view import LogView
from sq_console.ui.widgets.painted import Lines


class PaneBox(Vertical):
    """One pane of the main screen."""

    def __init__(self, pane: Pane, view: JobList | LogView | CauseList) -> None:
        super().__init__(id=f"{pane}-pane", classes="pane")
        self.pane = pane
        self.view = view
        self._bar = Lines(classes="pane--bar")
        self._heads = Lines(classes="pane--heads")

    def compose(self) -> ComposeResult:
        """Show bar, titles and list."""
        yield self._bar
        if not isinstance(self.view, LogView):
            yield self._heads
        yield self.view

    @property
    def width(self) -> int:
        """The width of the bar in cells."""
        return self._bar.size.width

    def show_bar(self, bar: Line) -> None:
        """Show *bar*, and the titles for the list's width."""
        self._bar.show(bar)
        if not isinstance(self.view, LogView):
            self._heads.show(self.view.heads())
