"""The form in which a job is edited or made.

It says beforehand whether the row itself changes or a new job is made. It names the
field of each problem, and stays open with everything typed when the database refuses
or is away.
"""

from collections.abc import Awaitable, Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from sq_console.model import NewJob
from sq_console.text.job_fields import FORM_FIELDS, NumberRange, ShortText
from sq_console.ui.content.lines import Span, Tone, foreign
from sq_console.ui.screens.modal import OverScreen
from sq_console.ui.state.edit_form import EditForm, InvalidForm, Texts, new_job
from sq_console.ui.widgets.one_line import OneLine
from sq_console.ui.widgets.painted import Lines

Save = Callable[[EditForm, NewJob], Awaitable[str | None]]
"""Writes the job; returns why it could not."""

_LABELS = {field.name: field.label for field in FORM_FIELDS}
_NUMBERS = [field.name for field in FORM_FIELDS if isinstance(field.kind, NumberRange)]
_ROWS = [
    ["http_method", "url"],
    *(_NUMBERS[at : at + 4] for at in range(0, len(_NUMBERS), 4)),
    *(
        [field.name]
        for field in FORM_FIELDS
        if isinstance(field.kind, ShortText)
        and field.name not in ("http_method", "url")
    ),
]
"""Four numbers fit into a row; a text has one of its own."""


class EditScreen(OverScreen[None]):
    """The form of a job; it ends when the job is saved or the form is left."""

    BINDINGS = [
        Binding("f2", "save", "save", show=False),
        Binding("escape", "leave", "cancel", show=False),
        Binding("ctrl+c", "leave", "cancel", show=False),
    ]
    AUTO_FOCUS = "#http_method"

    def __init__(self, form: EditForm, save: Save) -> None:
        super().__init__()
        self._form = form
        self._save = save
        self._problems = Lines(id="edit-problems")
        self._warned_of: Texts | None = None
        """The draft of which the operator was warned that leaving drops it."""

    def compose(self) -> ComposeResult:
        """Show the fields in the order of a request."""
        texts = self._form.texts
        with Vertical(id="edit"):
            yield Static(self._title(), id="edit-title", markup=False)
            with VerticalScroll(id="edit-fields", can_focus=False):
                for row in _ROWS:
                    with Horizontal(classes="edit--row"):
                        for name in row:
                            yield from _input(name, texts[name])
                for name in ("headers", "body"):
                    with Horizontal(classes=f"edit--area -{name}"):
                        yield _label(name)
                        yield self._area(name, texts[name])
            yield self._problems
            with Horizontal(id="edit-buttons"):
                yield Button("Save (F2)", id="save", classes="-go")
                yield Button("Cancel (esc)", id="cancel")

    def _title(self) -> str:
        job = self._form.job
        if job is None:
            return "New job"
        if self._form.in_place:
            return f"Edit job {job.id}: it was never called, so it is changed in place"
        return f"Edit job {job.id}: it stays as it is, saving makes a new job from it"

    def _area(self, name: str, text: str) -> TextArea:
        area = TextArea(
            text, id=name, soft_wrap=True, show_line_numbers=False, tab_behavior="focus"
        )
        area.read_only = name in self._form.locked
        return area

    def on_mount(self) -> None:
        """Show notes on values that cannot be shown as they are."""
        self._show_problems(dict(self._form.notes), Tone.WARN)

    def on_input_submitted(self) -> None:
        """Go to the next field: enter never saves by accident."""
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Save or leave, by enter or mouse."""
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Leave; a second time is needed when something was typed."""
        if self.may_leave("esc"):
            self.dismiss(None)

    def may_leave(self, key: str) -> bool:
        """May the form be left? Not with unsaved changes of which the operator was not
        warned: then the warning is shown, with the *key* that leaves. The fields
        themselves are compared: their Changed messages come late on a busy machine,
        after the esc.
        """
        if not self._problems.is_attached:
            return True  # nothing can have been typed yet
        typed = self._typed()
        if typed in (self._form.texts, self._warned_of):
            return True
        self._warned_of = typed
        warning = f"changed, not saved: {key} again drops it, F2 saves"
        self._show_problems({"": warning}, Tone.WARN)
        return False

    def action_save(self) -> None:
        """Check, then write."""
        self._warned_of = None
        self.run_worker(self._check_and_save(), exclusive=True)

    async def _check_and_save(self) -> None:
        for widget in self.query(".-wrong"):
            widget.remove_class("-wrong")
        try:
            made = new_job(self._form, self._typed())
        except InvalidForm as problem:
            self._show_problems(problem.problems, Tone.BAD)
            return
        refusal = await self._save(self._form, made)
        if refusal is None:
            self.dismiss(None)
        else:
            self._show_problems({"": refusal}, Tone.BAD)

    def _typed(self) -> Texts:
        return {name: self._text_in(name) for name in self._form.texts}

    def _text_in(self, name: str) -> str:
        field = self.query_one(f"#{name}")
        if isinstance(field, TextArea):
            return field.text
        return field.value if isinstance(field, Input) else ""

    def _show_problems(self, problems: dict[str, str], tone: Tone) -> None:
        for name in problems:
            if name and tone is Tone.BAD:
                self.query_one(f"#{name}").add_class("-wrong")
        lines = [
            f"{_LABELS[name]}: {text}" if name else text
            for name, text in problems.items()
        ]
        self._problems.show(*((Span(" "), foreign(text, tone)) for text in lines[:3]))
        wrong = next((name for name in problems if name and tone is Tone.BAD), None)
        if wrong:
            self.query_one(f"#{wrong}").focus()


def _label(name: str) -> Static:
    return Static(_LABELS[name], classes="edit--label", markup=False)


def _input(name: str, value: str) -> list[Widget]:
    classes = "-number" if name in _NUMBERS else ""
    field = OneLine(value, id=name, select_on_focus=False, classes=classes)
    return [_label(name), field]
