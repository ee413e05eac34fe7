"""The dialog before a host is held, or its hold is lifted.

A hold always has a reason, and an end if one is typed. Enter in any field holds, or
lifts: both can be undone. What is wrong is said, and its field keeps the focus. Keys
pressed before the dialog was there do not get into its fields.
"""

from collections.abc import Awaitable
from math import inf
from time import monotonic

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from sq_console.errors import SQConsoleError
from sq_console.model import Hold, HoldEffect
from sq_console.text.durations import duration_secs, pace_per_second
from sq_console.ui.content.lines import Span, Tone
from sq_console.ui.content.tables.hold_lines import (
    HoldAnswer,
    hold_effect_lines,
    host_words,
    lift_effect_lines,
)
from sq_console.ui.screens.modal import OverScreen
from sq_console.ui.state.clock import Clock
from sq_console.ui.widgets.one_line import OneLine, Words
from sq_console.ui.widgets.painted import Lines

WHY_CHARS = 255
_TEXT_ROWS = 4


class HoldDialog(OverScreen[HoldAnswer | None]):
    """A form of one or two fields; its result is the answer, or None."""

    BINDINGS = [
        Binding("escape,ctrl+c", "cancel", "cancel", show=False),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "before", show=False),
    ]
    AUTO_FOCUS = "Input"

    def __init__(
        self,
        host: str,
        hold: Hold | None,
        effect: Awaitable[HoldEffect],
        clock: Clock,
        guard_secs: float,
    ) -> None:
        super().__init__()
        self._host = host
        self._hold = hold
        self._effect = effect
        self._clock = clock
        self._guard_secs = guard_secs
        self._accepts_from = inf
        self._text = Lines(id="hold-text")
        self._problem = Lines(id="hold-problem")

    def compose(self) -> ComposeResult:
        """Show title, effect, fields and answers."""
        verb = "Hold" if self._hold is None else "Lift the hold of"
        with Vertical(id="dialog", classes="hold"):
            title = f"{verb} {host_words(self._host)}?"
            yield Static(title, id="dialog-title", markup=False)
            yield self._text
            if self._hold is None:
                yield from self._field("why", "Reason", Words(id="why"))
                ends = "empty: until it is lifted; or 30m, 2h, 8h"
                yield from self._field(
                    "for", "For", OneLine(placeholder=ends, id="for")
                )
            else:
                paces = "empty: all at once; or 10/s, 300/min"
                yield from self._field(
                    "pace", "Pace", OneLine(placeholder=paces, id="pace")
                )
            yield self._problem
            with Horizontal(id="dialog-buttons"):
                yield Button("Cancel (esc)", id="cancel")
                label = "Hold (enter)" if self._hold is None else "Lift (enter)"
                yield Button(label, id="go", classes="-go")

    def _field(self, name: str, label: str, field: OneLine) -> ComposeResult:
        with Horizontal(classes="edit--row"):
            yield Static(f"{label:<6}", classes="edit--label", markup=False)
            yield field

    def on_mount(self) -> None:
        """Show the effect when it is counted."""
        self._accepts_from = monotonic() + self._guard_secs
        self._show_effect(None)
        self.run_worker(self._count(), exclusive=True)

    async def _count(self) -> None:
        try:
            effect = await self._effect
        except SQConsoleError as error:
            self._complain(str(error))
            return
        if self.is_attached:
            self._show_effect(effect)

    def _show_effect(self, effect: HoldEffect | None) -> None:
        if self._hold is None:
            lines = hold_effect_lines(effect)
        else:
            lines = lift_effect_lines(self._hold, effect, self._clock)
        self._text.show(*lines[:_TEXT_ROWS])

    def ignores(self, event: events.Key) -> bool:
        """Was the key pressed too early to be meant for this dialog?"""
        return event.time < self._accepts_from and event.key not in ("escape", "ctrl+c")

    def on_input_submitted(self) -> None:
        """Hold, or lift."""
        self._answer()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take the focused answer, by enter or mouse."""
        if event.button.id == "cancel":
            self.dismiss(None)
        else:
            self._answer()

    def action_cancel(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def _answer(self) -> None:
        try:
            answer = self._typed()
        except ValueError as error:
            self._complain(str(error))
        else:
            self.dismiss(answer)

    def _typed(self) -> HoldAnswer:
        """Return what was typed. Raises ValueError; the field in question has the
        focus then.
        """
        if self._hold is not None:
            pace = self._text_in("pace")
            return HoldAnswer(per_second=pace_per_second(pace) if pace else None)
        why = self._text_in("why")
        if not why:
            raise ValueError("why? your colleagues will ask")
        span = self._text_in("for")
        secs = duration_secs(span) if span else None
        if secs == 0:
            raise ValueError(f"{span} would end at once")
        return HoldAnswer(why[:WHY_CHARS], secs)

    def _text_in(self, name: str) -> str:
        """Return the text of a field, which has the focus if it is wrong."""
        field = self.query_one(f"#{name}", Input)
        field.focus()
        return field.value.strip()

    def _complain(self, problem: str) -> None:
        if self.is_attached:
            self._problem.show((Span(problem, Tone.BAD),))
