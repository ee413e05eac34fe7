"""The keys that matter here, on one line, made from the bindings themselves; for some
seconds, in their place, what the console tells its operator.

Hints that do not fit are left out, from the end; `? help` comes first and has them all.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from sq_console.ui.content.frame.toast_lines import toast_lines
from sq_console.ui.content.lines import Line, Span, Tone, width_of
from sq_console.ui.keys import name_of
from sq_console.ui.state.toasts import Toast
from sq_console.ui.widgets.painted import Lines

HINTS = (
    "help",
    "screen.open",
    "try_one",
    "retry",
    "kill",
    "edit",
    "set_aside",
    "hold",
    "stop_bulk",
    "pull_back",
    "filter",
    "pause_processor",
    "drain_processor",
    "escape",
    "app.visit('hosts')",
    "leave",
    "app.visit('processors')",
    "app.visit('activity')",
    "processor",
    "new",
)
"""Actions worth a word on the last line, in this order."""
_TYPING: Line = (
    *(Span(" enter", Tone.KEY), Span(" apply  ", Tone.DIM)),
    *(Span("esc", Tone.KEY), Span(" cancel", Tone.DIM)),
)


@runtime_checkable
class HintingScreen(Protocol):
    """A screen that knows which of its keys apply just now."""

    def hint_applies(self, action: str) -> bool:
        """Return whether the key of *action* would do something."""

    def hint_words(self, action: str) -> str:
        """Return what the key does just now; "" where its binding says it."""

    def toasts(self) -> Sequence[Toast]:
        """Return the toasts that are shown now."""


class KeyHints(Lines):
    """The last line of a screen."""

    def on_mount(self) -> None:
        """Follow the focus: each widget has keys of its own."""
        self.screen.bindings_updated_signal.subscribe(self, self._show_hints)

    def _show_hints(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.choose()

    def on_resize(self) -> None:
        """Choose again for another width."""
        self.choose()

    def choose(self) -> None:
        """Show the toasts, else the keys that apply now."""
        if not self.is_attached:
            return
        screen, width = self.screen, self.size.width
        lines: list[Line] = []
        if isinstance(screen, HintingScreen):
            lines = toast_lines(screen.toasts(), width)
        lines = lines or [hints(screen, width)]
        if self.size.height != len(lines):
            self.styles.height = len(lines)
        self.show(*lines)


def hints(screen: Screen[object], width: int) -> Line:
    """Return ` ? help  enter detail  r retry …`."""
    if isinstance(screen.focused, Input):  # other keys are letters there
        return _TYPING
    line: Line = (Span(" "),)
    for binding in shown_bindings(screen):
        key = name_of(binding)
        said = isinstance(screen, HintingScreen) and screen.hint_words(binding.action)
        words = said or binding.description
        hint = Span(key, Tone.KEY), Span(f" {words}  ", Tone.DIM)
        if width_of((*line, *hint)) > width + 1:
            break
        line = *line, *hint
    return line


def shown_bindings(screen: Screen[object]) -> list[Binding]:
    """Return the bindings to hint at, each action once, in the order of `HINTS`."""
    found: dict[str, Binding] = {}
    for active in screen.active_bindings.values():
        is_hint = active.binding.action in HINTS and active.binding.description
        applies = not isinstance(screen, HintingScreen) or screen.hint_applies(
            active.binding.action
        )
        if is_hint and active.enabled and applies:
            found.setdefault(active.binding.action, active.binding)
    return sorted(found.values(), key=lambda binding: HINTS.index(binding.action))
