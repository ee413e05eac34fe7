"""A screen that shows the database: header, banners, its content, keys.

The refresh loop asks it to reload; it reads what it shows and nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker

from sq_console.model import HOLD_ALL, ProcessorState
from sq_console.ui.acting_keys import ACTING
from sq_console.ui.content.frame.banners import banner_lines
from sq_console.ui.content.frame.header import defers_to_others, header_lines
from sq_console.ui.content.key_help import key_help_lines
from sq_console.ui.keys import BACK, EVERYWHERE, help_keys
from sq_console.ui.screen_host import ScreenHost
from sq_console.ui.screens.questions import ask_pause
from sq_console.ui.screens.text_page import TextPage
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.cursors.row_cursor import Key, Row
from sq_console.ui.state.toasts import Toast
from sq_console.ui.widgets.cursor_list import CursorList
from sq_console.ui.widgets.key_hints import KeyHints
from sq_console.ui.widgets.painted import TONE_CLASSES, Lines

if TYPE_CHECKING:
    from sq_console.ui.state.screen_data import Vitals


class LiveScreen(Screen[None]):
    """Header on top, keys at the bottom; a subclass fills the middle."""

    COMPONENT_CLASSES = TONE_CLASSES
    # As in `modal`: a pane is opened without painting the whole screen anew.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    BINDINGS = [*BACK, *EVERYWHERE]

    def __init__(self) -> None:
        super().__init__()
        # Kept, not queried: the status is shown even while the screen is removed.
        self._header = Lines(id="header")
        self._banners = Lines(id="banners")
        self.key_hints = KeyHints(id="hints")
        self._status: ConsoleStatus | None = None

    def compose(self) -> ComposeResult:
        """Show the frame."""
        yield self._header
        yield self._banners
        yield from self.compose_middle()
        yield self.key_hints

    def compose_middle(self) -> ComposeResult:
        """Show the widgets between banners and keys."""
        raise NotImplementedError

    @property
    def console(self) -> ScreenHost:
        """The app, as its screens see it."""
        app = self.app
        assert isinstance(app, ScreenHost)  # no other app makes these screens
        return app

    def run_worker(self, *args: Any, **kwargs: Any) -> Worker[Any]:
        """Run what a key has asked for as a worker of the console: it goes on, and says
        how it ended, when this screen has been left.
        """
        return self.app.run_worker(*args, **kwargs)

    def is_still_here(self) -> bool:
        """Is this screen in front? If not, a toast says that nothing was done: what a
        key asks for after a reading is for the screen it was pressed on.
        """
        if not self.is_active:
            self.console.notify_operator(
                "not done: something else was opened meanwhile", bad=True
            )
        return self.is_active

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read and show the content; return the vitals if they were read.

        Without *full* only content that is followed closely is read. Raises StoreError.
        """
        raise NotImplementedError

    def row_under_cursor(self, rows: CursorList[Row, Key]) -> Row | None:
        """Return the row under the cursor of *rows*; a toast says if there is none."""
        if rows.cursor.current is None:
            self.console.notify_operator(rows.why_no_row(), bad=True)
        return rows.cursor.current

    def choice(self) -> object:
        """Return a value that is equal as long as a key acts on the same jobs."""
        return None

    def on_screen_resume(self) -> None:
        """Read again after a modal screen has closed; what was shown over that one is
        shown here in the place of the hints.
        """
        self.app.clear_notifications()
        if isinstance(self.focused, CursorList) and self.focused.is_touched:
            self.focused.touch()
        self.console.request_refresh()

    def on_resize(self) -> None:
        """Fit header, banners and hints to another size now, and not with the next look
        at the database: below a dialog there is none.
        """
        if self._status is not None:
            self.show_status(self._status)

    def show_status(self, status: ConsoleStatus) -> None:
        """Show the status in header and banners, and the keys that apply."""
        self._status = status
        clock, width = self.console.clock, self.size.width
        header = header_lines(status, clock, width)
        lines = banner_lines(status, clock, width)
        if status.lost:  # that alarms: it stands where the verdict stood
            header, lines = [header[0], *lines, *header[1:]], []
        self._header.styles.height = len(header)
        self._header.show(*header)
        self._banners.styles.height = len(lines)
        self._banners.show(*lines)
        self.key_hints.choose()

    def toasts(self) -> Sequence[Toast]:
        """Return the toasts that are shown now, in the place of the hints."""
        return self.console.toasts.shown()

    def hint_applies(self, action: str) -> bool:
        """Return whether the key of *action* would do something just now."""
        status = self._status
        if status is None or action not in ACTING:
            return True
        if status.reads_only or status.read_only or status.lost:
            return False
        return action != "processor" or status.status is not None

    def is_held(self, host: str) -> bool:
        """Return whether *host*, or everything, is held."""
        vitals = self._status.vitals if self._status else None
        held = {hold.host for hold in vitals.holds} if vitals else set()
        return bool(held & {host, HOLD_ALL})

    def hint_words(self, action: str) -> str:
        """Return what the key does just now; "" where its binding says it."""
        status = self._status
        processor = status.status if status else None
        if action != "processor" or status is None or processor is None:
            return ""
        if processor.state is not ProcessorState.PAUSED:
            return ""
        return "join in" if defers_to_others(status) else "resume"

    def help_words(self, action: str) -> str | None:
        """Return what the key does here; "" where its binding says it, None for
        nothing.
        """
        return ""

    # Keys of every live screen

    def action_escape(self) -> None:
        """Close nothing: esc never quits."""

    def action_leave(self) -> None:
        """Quit."""
        self.console.leave()

    def action_interrupt(self) -> None:
        """Leave; twice in a row, drain and quit."""
        self.console.interrupt()

    def action_help(self) -> None:
        """Show the keys that work here."""
        active = self.active_bindings.values()
        bindings = (one.binding for one in active if one.enabled)
        keys = help_keys(bindings, self.help_words)
        self.console.open_screen(TextPage("Keys", key_help_lines(keys)))

    def action_processor(self) -> None:
        """Pause the processor, after asking, or resume it."""
        console, processor = self.console, self.console.local_processor
        status = processor.status()
        if status is None:
            console.notify_operator(
                "this console only watches, it has no processor", bad=True
            )
        elif status.state is ProcessorState.PAUSED:
            processor.resume()
            console.notify_operator("the processor of this console runs")
        elif status.state is not ProcessorState.RUNNING:
            console.notify_operator(f"the processor is {status.state}", bad=True)
        else:
            self._pause(console.ask(ask_pause(status)))

    @work
    async def _pause(self, answer: Awaitable[str | None]) -> None:
        if await answer is not None:
            self.console.local_processor.pause(f"by {self.console.actor}")

    def action_freeze(self) -> None:
        """Freeze this screen, or refresh it again."""
        self.console.refresh_loop.freeze()
        self.console.request_refresh()

    def action_refresh_now(self) -> None:
        """Read now, also a frozen screen."""
        self.console.refresh_loop.read_once()
        self.console.request_refresh()

    def action_pace(self, by: int) -> None:
        """Read less or more often."""
        self.console.notify_operator(
            f"reading every {self.console.refresh_loop.pace(by):g} s"
        )

    def action_repaint(self) -> None:
        """Paint every cell again: something else wrote on the terminal."""
        self.console.forget_cells()
        self.refresh(repaint=True, layout=True)

    def action_mouse(self) -> None:
        """Turn mouse reports on or off."""
        self.console.notify_operator(self.console.mouse.toggle())
