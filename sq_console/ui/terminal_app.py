"""The console's dealings with its terminal, whatever it shows: nothing dangerous is
written, little is written, and every toast can be read again.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Input, TextArea

from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean
from sq_console.ui.content.lines import Span, Tone
from sq_console.ui.keys import key_name
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.screens.text_page import TextPage
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.toasts import Toast, Toasts
from sq_console.ui.terminal import crash
from sq_console.ui.terminal.driver import ConsoleDriver
from sq_console.ui.terminal.mouse import Mouse
from sq_console.ui.terminal.output_filters import filters_for
from sq_console.ui.themes import NIGHT, choose_theme
from sq_console.ui.widgets.one_line import OneLine

T = TypeVar("T")

_CLIPBOARD_CHARS = 50_000
"""Terminals accept no more at once."""
_MOUNT_SECS = 0.05
"""The time a screen needs to be mounted: no more, since a key waits for it."""


class TerminalApp(App[int]):
    """An app on a terminal that may be far away."""

    CSS_PATH = "console.tcss"
    TITLE = "sq-console"

    def __init__(self, clock: Clock, *, mouse: bool) -> None:
        super().__init__()
        self.clock = clock
        self.mouse = Mouse(self._switch_mouse, ours=mouse)
        self.toasts = Toasts()
        self._own_filters: list[LineFilter] = filters_for()
        choose_theme(self)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Every segment of every widget passes these before it is written."""
        return [*super().get_line_filters(), *self._own_filters]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the variables of one that is."""
        return dict(NIGHT.variables)

    def get_driver_class(self) -> type[Driver]:
        """Use `ConsoleDriver` in place of Textual's driver for terminals."""
        driver = super().get_driver_class()
        return ConsoleDriver if driver is LinuxDriver else driver

    def _switch_mouse(self, on: bool) -> None:
        if isinstance(self._driver, ConsoleDriver):
            self._driver.set_mouse(on)

    def forget_cells(self) -> None:
        """Have the next paint sent whole: something else may have written there."""
        if isinstance(self._driver, ConsoleDriver):
            self._driver.forget_cells()

    def _fatal_error(self) -> None:
        """Report an exception of ours in one line; Textual calls this."""
        self._exit_renderables.clear()
        self.panic(crash.crash_report(self._exception))

    def notify_operator(self, words: str, *, bad: bool = False) -> None:
        """Show a toast about what the operator just did, and keep it: in the place of
        the hints; over a modal screen, which covers them, above it.
        """
        text = clean(redact_text(words), 400)
        self.toasts.note(Toast(self.clock.time(self.clock.now()), text, bad))
        if isinstance(self.screen, LiveScreen):
            self.screen.key_hints.choose()
        else:
            severity: SeverityLevel = "warning" if bad else "information"
            self.notify(text, severity=severity, markup=False)

    async def act_in_field(self, event: events.Key, field: Input | TextArea) -> bool:
        """Handle a key where text is typed, before the next; return whether it had an
        action or was a character.
        """
        if await self._check_bindings(event.key, priority=True):
            return True
        if _is_text(event, field):
            await field._on_key(event)
            return True
        return await self._check_bindings(event.key)

    def answer_unbound(self, event: events.Key) -> None:
        """Say that a key does nothing here: silence would be taken for a dead line."""
        shown = event.character if event.is_printable else None
        name = shown.strip() if shown else ""
        words = f"{name or key_name(event.key)} does nothing here; ? lists the keys"
        self.notify_operator(words, bad=True)

    def open_screen(self, screen: Screen[None]) -> None:
        """Show *screen*, painted once when it is mounted: each step of its layout would
        send a screen's worth of cells, four in all, over a slow line.
        """
        self.delay_update(_MOUNT_SECS)
        self.push_screen(screen)

    def result_of(self, screen: Screen[T]) -> Awaitable[T | None]:
        """Show *screen* at once, as the next key is for it; its result is awaited in a
        worker.
        """
        ended = asyncio.get_running_loop().create_future()

        def end(result: T | None) -> None:
            if not ended.done():
                ended.set_result(result)

        self.delay_update(_MOUNT_SECS)
        self.push_screen(screen, end)
        return ended

    def on_one_line_joined(self, event: OneLine.Joined) -> None:
        """Notify that several lines were pasted into a field of one."""
        self.notify_operator(
            f"pasted over {event.lines} lines: they are joined into one"
        )

    def copy(self, text: str, what: str) -> None:
        """Send *text* to the terminal's clipboard, if that is supported."""
        if len(text) > _CLIPBOARD_CHARS:
            self.notify_operator(
                f"{what}: too long for the terminal's clipboard", bad=True
            )
            return
        self.copy_to_clipboard(text)
        self.notify_operator(f"{what}: sent to the terminal's clipboard")

    def show_messages(self) -> None:
        """Show all messages so far: toasts are missed."""
        lines = [
            (Span(f"{toast.at}  ", Tone.DIM), Span(toast.text))
            for toast in self.toasts.kept
        ]
        self.open_screen(TextPage("Messages", lines or [(Span("none yet"),)]))


def _is_text(event: events.Key, field: Input | TextArea) -> bool:
    """Is the key a character of the field's text, and none that moves or removes?"""
    if isinstance(field, Input):
        return event.is_printable
    return not field.read_only and (event.is_printable or event.key == "enter")
