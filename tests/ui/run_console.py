"""The console on a screen that is text, and keys to press on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from textual._context import visible_screen_stack
from textual.events import Key, Paste
from textual.keys import key_to_character
from textual.pilot import Pilot
from textual.widget import Widget

from sq_console.ui.app import ConsoleApp
from sq_console.ui.screens.jobs_screen import JobsScreen
from sq_console.ui.state.clock import Clock
from sq_console.ui.widgets.boxes.pane_board import PaneBoard
from sq_console.ui.widgets.job_list import JobList
from tests.ui.queue import Queue
from tests.waiting import eventually_async

ACTOR = "ops@web1"
PANE_KEYS = set("012345")
TWO_OCLOCK = datetime(2026, 9, 12, 2, 0, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StillClock(Clock):
    """It is two in the morning for as long as a test takes, and what was so long ago
    then was so long ago now."""

    shift: timedelta = timedelta()

    def local(self, moment: datetime) -> datetime:
        return (moment + self.shift).astimezone(UTC)


def still_clock(queue: Queue) -> Clock:
    return StillClock(lambda: queue.begun, UTC, TWO_OCLOCK - queue.begun)


class Console:
    """A running console."""

    def __init__(self, app: ConsoleApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """What stands on the screen. Textual has no public way to ask."""
        visible_screen_stack.set(self.app._background_screens)
        strips = self.app.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips)

    @property
    def main(self) -> JobsScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, JobsScreen)
        return screen

    @property
    def board(self) -> PaneBoard:
        return self.main.board

    @property
    def jobs(self) -> JobList:
        """The open list."""
        opened = self.board.list
        assert opened is not None
        return opened

    @property
    def cursor(self) -> int | None:
        return self.jobs.cursor.key

    @property
    def toast(self) -> str:
        """The newest toast."""
        return self.app.toasts.kept[-1].text if self.app.toasts.kept else ""

    @property
    def is_filter_open(self) -> bool:
        return bool(self.main.query("#filter.-typing"))

    def find(self, selector: str, kind: type[Widget] = Widget) -> Any:
        return self.app.screen.query_one(selector, kind)

    async def press(self, *keys: str) -> None:
        """One key after the other; a pane is looked at before the next key."""
        for key in keys:
            self.app.post_message(Key(key, key_to_character(key)))
            await self.pilot.pause()
            if key in PANE_KEYS and self.main.is_active:
                await self.read_again()

    async def type(self, text: str) -> None:
        """Into the field that has the focus; pasted, which is quicker."""
        self.app.post_message(Paste(text))
        await self.pilot.pause()

    async def until(
        self, condition: Callable[[], Any], timeout_secs: float = 30
    ) -> Any:
        try:
            return await eventually_async(condition, timeout_secs)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text}") from None

    async def shows(self, words: str) -> None:
        await self.until(lambda: words in self.text)

    async def hides(self, words: str) -> None:
        await self.until(lambda: words not in self.text)

    async def toasts(self, words: str) -> None:
        await self.until(lambda: words in self.toast)

    async def read_again(self) -> None:
        """Wait until the database has been read once more, and shown."""
        before = self.app.refresh_loop.vitals
        self.app.request_refresh()
        await self.until(lambda: self.app.refresh_loop.vitals is not before)
        await self.pilot.pause()


@asynccontextmanager
async def running(
    queue: Queue, size: tuple[int, int] = (80, 24), **how: Any
) -> AsyncIterator[Console]:
    """The console on *queue*, after its first look."""
    given = {"actor": ACTOR, "guard_secs": 0.0, "clock": still_clock(queue), **how}
    app = ConsoleApp(queue.settings, **given)
    async with app.run_test(size=size, notifications=True) as pilot:
        console = Console(app, pilot)
        await console.until(lambda: app.refresh_loop.vitals or app.refresh_loop.lost)
        app.request_refresh()
        await pilot.pause()
        await asyncio.sleep(0)
        yield console
