"""Questions before an action that cannot be undone.

The harmless answer has the focus, or the field of a number that has to be typed: a
wrong one is named, and stays to be typed over. Keys are ignored for a moment after the
question appears: neither a terminal's reply nor a key typed ahead must confirm it. The
time at which the key was pressed counts, not the time at which a busy program handles
it.
"""

from math import inf
from time import monotonic

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static
from textual.widgets.input import Selection

from sq_console.ui.content.lines import Span, Tone
from sq_console.ui.content.question import Choice, Question, QuestionField
from sq_console.ui.screens.modal import OverScreen
from sq_console.ui.widgets.one_line import NumberField, OneLine
from sq_console.ui.widgets.painted import Lines
from sq_console.ui.widgets.text_view import TextView

GUARD_SECS = 0.3
"""Keys pressed this soon after the question appears are ignored."""
_CANCEL = "escape,n,q"
_NEVER_IGNORED = {*_CANCEL.split(","), "ctrl+c"}


class Dialog(OverScreen[str | None]):
    """A question; its result is the key of the choice, or None."""

    BINDINGS = [
        Binding(_CANCEL, "choose('')", "cancel", show=False),
        Binding("ctrl+c", "interrupt", "cancel", show=False),
        Binding("right,l,down,j", "app.focus_next", "next", show=False),
        Binding("left,h,up,k", "app.focus_previous", "before", show=False),
    ]
    AUTO_FOCUS = "#cancel"

    def __init__(self, question: Question, guard_secs: float = GUARD_SECS) -> None:
        super().__init__()
        self._question = question
        self._guard_secs = guard_secs
        self._accepts_from = inf
        for choice in question.choices:
            self._bindings.bind(choice.key, f"choose('{choice.key}')", choice.label)

    def compose(self) -> ComposeResult:
        """Show title, effect and answers."""
        with Vertical(id="dialog"):
            yield Static(self._question.title, id="dialog-title", markup=False)
            view = TextView(id="dialog-text")
            view.can_focus = False
            yield view
            if self._question.field is not None:
                yield from _field(self._question.field)
            if self._question.must_type:
                words = f"Type {self._question.must_type}, then y."
                yield Static(words, id="dialog-type", markup=False)
                yield NumberField(self._key_in_field, id="dialog-input")
                yield Lines(id="dialog-wrong")
            with Horizontal(id="dialog-buttons"):
                yield Button("Cancel (esc)", id="cancel")
                for choice in self._question.choices:
                    yield _button(choice)

    def on_mount(self) -> None:
        """Give the text as many rows as it has, up to what the screen leaves."""
        self._accepts_from = monotonic() + self._guard_secs
        view = self.query_one(TextView)
        view.styles.height = len(self._question.lines)
        view.show(self._question.lines)
        if self._question.must_type:
            self.query_one(NumberField).focus()

    def ignores(self, event: events.Key) -> bool:
        """Was the key pressed too early to be an answer? A cancelling key never is."""
        return event.time < self._accepts_from and event.key not in _NEVER_IGNORED

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take the focused answer, by enter or mouse."""
        pressed = event.button.id or ""
        self.action_choose("" if pressed == "cancel" else pressed[-1])

    @on(Input.Changed, "#dialog-field")
    def explain_field(self) -> None:
        """Say what the field means, or what is wrong in it."""
        self._field_is_right()

    def _field_is_right(self) -> bool:
        field = self._question.field
        if field is None:
            return True
        words, is_right = "", True
        try:
            words = field.explain(self.query_one("#dialog-field", Input).value)
        except ValueError as error:
            words, is_right = str(error), False
        note = self.query_one("#dialog-field-note", Static)
        note.update(words)
        note.set_class(not is_right, "-wrong")
        if not is_right:
            self.query_one("#dialog-field", Input).focus()
        return is_right

    def _is_right(self) -> bool:
        return self._is_typed() and self._field_is_right()

    def _answered(self, key: str) -> str:
        if self._question.field is None:
            return key
        return f"{key} {self.query_one('#dialog-field', Input).value.strip()}"

    def on_input_submitted(self) -> None:
        """Go to the answers, unless something else is to be typed."""
        if self._is_typed():
            self.query(Button).last().focus()

    @on(Input.Changed, "#dialog-input")
    def forget_wrong_number(self) -> None:
        """Take back what was said about the number before."""
        self.query_one("#dialog-wrong", Lines).show()

    def _key_in_field(self, key: str) -> None:
        """Take a key that is no part of a number as an answer."""
        choices = {choice.key for choice in self._question.choices}
        if key in choices:
            self.action_choose(key)
        elif key in _NEVER_IGNORED:
            self.action_choose("")

    def action_choose(self, key: str) -> None:
        """End with this answer."""
        if not key:
            self.dismiss(None)
        elif monotonic() >= self._accepts_from and self._is_right():
            self.dismiss(self._answered(key))

    def action_interrupt(self) -> None:
        """End with the answer of ctrl+c."""
        self.dismiss(self._question.interrupt or None)

    def _is_typed(self) -> bool:
        """Was what has to be typed typed? If not, say so, in the field."""
        wanted = self._question.must_type
        if not wanted:
            return True
        field = self.query_one(NumberField)
        typed = field.number()
        if typed == wanted:
            return True
        said = f"{typed} is not {wanted}" if typed else f"type {wanted} first"
        field.focus()
        field.selection = Selection(0, len(field.value))
        self.query_one("#dialog-wrong", Lines).show((Span(said, Tone.BAD),))
        return False


def _button(choice: Choice) -> Button:
    label = f"{choice.label} ({choice.key})"
    return Button(label, id=f"choice-{choice.key}", classes=f"-{choice.variant}")


def _field(field: QuestionField) -> ComposeResult:
    with Horizontal(id="dialog-field-row"):
        yield Static(f"{field.label} ", markup=False)
        yield OneLine(field.value, id="dialog-field")
        yield Static("", id="dialog-field-note", markup=False)
