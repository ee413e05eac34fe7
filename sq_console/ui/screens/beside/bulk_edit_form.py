"""The form of a bulk edit: what is looked for in urls and what stands there instead,
and headers.
"""

import json

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from sq_console.model import BulkEdit
from sq_console.rules.bulk_edit import why_bad_edit
from sq_console.rules.contract import parse_headers
from sq_console.text.redact import MASK
from sq_console.ui.screens.modal import OverScreen
from sq_console.ui.widgets.one_line import OneLine

_TEXT = "from is a text; enter: a regular expression"
_EXPRESSION = "from is a regular expression; enter: a text"
_FIELDS = (
    ("from", "url: from"),
    ("to", "url: to"),
    ("set", "set header"),
    ("remove", "remove header"),
)


class BulkEditForm(OverScreen[BulkEdit | None]):
    """Its result is the edit, or None."""

    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "before", show=False),
        Binding("f2", "go_on", "go on", show=False),
    ]
    AUTO_FOCUS = "#bulk-from"

    def __init__(self, title: str, url_from: str = "") -> None:
        super().__init__()
        self._title = title
        self._url_from = url_from
        self._is_expression = False

    def compose(self) -> ComposeResult:
        """Show fields and answers."""
        with Vertical(id="dialog"):
            yield Static(self._title, id="dialog-title", markup=False)
            for name, label in _FIELDS:
                with Horizontal(classes="bulk-edit--row"):
                    yield Label(f"{label:14}", markup=False)
                    yield OneLine(id=f"bulk-{name}", compact=True)
                if name == "to":
                    yield Button(_TEXT, id="bulk-kind")
            yield Static("", id="bulk-problem", markup=False)
            with Horizontal(id="dialog-buttons"):
                yield Button("Cancel (esc)", id="cancel")
                yield Button("Count, see samples (enter)", id="go-on")

    def on_mount(self) -> None:
        """Begin with the text to be looked for."""
        self._field("from").value = self._url_from

    def _field(self, name: str) -> Input:
        return self.query_one(f"#bulk-{name}", Input)

    def on_input_submitted(self) -> None:
        """Go on from any field."""
        self.action_go_on()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take an answer."""
        if event.button.id == "go-on":
            self.action_go_on()
        elif event.button.id == "bulk-kind":
            self._is_expression = not self._is_expression
            event.button.label = _EXPRESSION if self._is_expression else _TEXT
        else:
            self.action_cancel()

    def action_cancel(self) -> None:
        """End without an edit."""
        self.dismiss(None)

    def action_go_on(self) -> None:
        """End with the edit; say what is wrong with it otherwise."""
        try:
            edit = self._edit()
        except ValueError as error:
            self.query_one("#bulk-problem", Static).update(str(error))
            return
        self.dismiss(edit)

    def _edit(self) -> BulkEdit:
        """Return the edit. Raises ValueError."""
        header, remove = self._field("set").value, self._field("remove").value.strip()
        edit = BulkEdit(
            self._field("from").value,
            self._field("to").value,
            self._is_expression,
            _header(header),
            (remove,) if remove else (),
        )
        if why := why_bad_edit(edit):
            raise ValueError(why)
        if MASK in edit.url_to or MASK in header:
            raise ValueError(f"{MASK} stands in the place of a secret: type the secret")
        return edit


def _header(typed: str) -> tuple[tuple[str, str], ...]:
    if not typed.strip():
        return ()
    name, colon, value = typed.partition(":")
    if not colon:
        raise ValueError("a header is Name: value")
    pair = (name.strip(), value.strip())
    parse_headers(json.dumps(dict([pair])))
    return (pair,)
