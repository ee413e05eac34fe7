"""The console: one lane to the store, a processor unless it only watches, one refresh
loop, and a stack of screens.

It decides nothing about jobs. What it shows is read from the store; operators' actions
are store operations; the processor is only asked to run, pause, drain or stop, and for
its status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import events, work
from textual.actions import ActionParseResult, parse
from textual.app import SystemCommand
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input, TextArea

from sq_console.model import BulkRow
from sq_console.store import open_store
from sq_console.store.lane import StoreLane
from sq_console.ui.acting_keys import ACTING
from sq_console.ui.bulk_work import BulkWork
from sq_console.ui.content.question import Question
from sq_console.ui.palette import ActionProvider, Palette, PaletteEntry, entries
from sq_console.ui.palette_words import WORDS
from sq_console.ui.screens.beside.hold_dialog import HoldDialog
from sq_console.ui.screens.dialog import GUARD_SECS, Dialog
from sq_console.ui.screens.edit_screen import EditScreen
from sq_console.ui.screens.hold_keys import HoldKeysScreen
from sq_console.ui.screens.jobs_screen import JobsScreen
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.screens.questions import ask_quit
from sq_console.ui.state.bulk_actions import BulkProgress
from sq_console.ui.state.causes_watch import CausesWatch
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.local_processor import LocalProcessor
from sq_console.ui.state.refresh_loop import TICK_SECS, RefreshLoop
from sq_console.ui.visiting_app import VisitingApp

if TYPE_CHECKING:
    from sq_console.config import Settings
    from sq_console.processor.thread import ProcessorThread
    from sq_console.ui.state.screen_data import Vitals

_TWICE_SECS = 2.0
_COVERED_TICKS = 10


class ConsoleApp(VisitingApp):
    """The console."""

    COMMANDS = {ActionProvider}

    def __init__(
        self,
        settings: Settings,
        *,
        processor: ProcessorThread | None = None,
        reads_only: str = "",
        demo: bool = False,
        actor: str = "",
        clock: Clock | None = None,
        guard_secs: float = GUARD_SECS,
        mouse: bool = True,
    ) -> None:
        super().__init__(clock or Clock(), mouse=mouse)
        self.actor = actor
        self.settings = settings
        self._reads_only = reads_only
        opened = partial(open_store, settings.db, read_only=bool(reads_only))
        lane = StoreLane(opened, "ui")
        self.lane = ConsoleLane(lane, lambda: self.is_running)
        self.causes = CausesWatch(self.lane)
        self.refresh_loop = RefreshLoop(
            self._live_screen,
            self._is_covered,
            self.clock,
            also=self._read_causes,
            show=self._show_status,
        )
        self.local_processor = LocalProcessor(processor, settings.processor.drain_secs)
        self.bulk_progress: BulkProgress | None = None
        self._bulk_work = BulkWork(
            opened, self.lane, self.local_processor, actor, reads_only=bool(reads_only)
        )
        self.bulk = self._bulk_work.watch
        self._label = settings.db.label
        self._demo = demo
        self.guard_secs = guard_secs
        self._interrupted_at = -_TWICE_SECS
        self._ticks = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def get_default_screen(self) -> Screen[None]:
        """The lists."""
        return JobsScreen(self.clock)

    def on_mount(self) -> None:
        """Start the processor, the refresh loop and the clock of the header."""
        self._loop = asyncio.get_running_loop()
        self.local_processor.start()
        self.run_worker(self.refresh_loop.refresh_forever(), name="refreshing")
        self.run_worker(self._bulk_work.work_forever(), name="bulk actions")
        self.set_interval(TICK_SECS, self._show_status)

    def on_unmount(self) -> None:
        """Close the lane: it closes its connection when its last call has ended."""
        self.lane.shut_down()
        self._bulk_work.shut_down()

    async def on_event(self, event: events.Event) -> None:
        """Give keys precedence over calls, and handle each before the next."""
        if isinstance(event, events.Key) and not self._has_screen():
            return  # the console is closing
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.local_processor.key_pressed()
            self.bulk.key_pressed()
            screen = self.screen
            if isinstance(screen, Dialog | HoldDialog) and screen.ignores(event):
                return
            if await self._act_at_once(event):
                return
        await super().on_event(event)

    async def _act_at_once(self, event: events.Key) -> bool:
        """Run a key's action now; return whether it had one.

        Textual posts a key to the widget with the focus and takes the next: of `3r`
        typed in one go, `r` would still reach the pane before. On the lists, on a page
        and in a field keys act here, one after the other.
        """
        field = self.focused
        if isinstance(field, Input | TextArea):
            return await self.act_in_field(event, field)
        if not isinstance(self.screen, LiveScreen):
            return False
        if event.key == "escape" and self._stop_bulk():
            return True
        if await self._check_bindings(event.key, priority=True):
            return True
        is_bound = not self._moves_no_focus(event.key)
        if not is_bound or not await self._check_bindings(event.key):
            self.answer_unbound(event)
        return True

    def _moves_no_focus(self, key: str) -> bool:
        """Would *key* move the focus, where only one widget takes it?"""
        active = self.screen.active_bindings.get(key)
        moves = active is not None and active.binding.action.startswith("app.focus_")
        return moves and len(self.screen.focus_chain) < 2

    def _stop_bulk(self) -> bool:
        """Stop the bulk action under way, as the header says; return whether there was
        one. Esc does nothing else then.
        """
        progress = self.bulk_progress
        if progress is not None and not progress.is_stopped:
            progress.request_stop()
            self._show_status()
            return True
        if self.bulk.stop_count():
            self._show_status()
            return True
        own = self._bulk_work.own()
        if own is not None:
            self._stop_bulk_action(own)
        return own is not None

    @work
    async def _stop_bulk_action(self, bulk: BulkRow) -> None:
        self.notify_operator(await self._bulk_work.stop_bulk(bulk))
        self.request_refresh()

    def leave_from_thread(self) -> None:
        """Quit at the request of another thread, which ends the processor."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.exit, 0)

    # Status

    def console_status(self) -> ConsoleStatus:
        """Return what header and banners show."""
        return ConsoleStatus(
            label=self._label,
            now=self.clock.now(),
            demo=self._demo,
            status=self.local_processor.status(),
            error=self.local_processor.why_ended(),
            vitals=self.refresh_loop.vitals,
            read_at=self.refresh_loop.read_at,
            causes=self.causes.reading,
            stale_secs=self.refresh_loop.stale_secs,
            lost=self.refresh_loop.lost,
            frozen_since=self.refresh_loop.frozen_since,
            leaving=self.local_processor.ending,
            reads_only=self._reads_only,
            under_way=self.bulk_progress.words() if self.bulk_progress else "",
            bulk=self.bulk.standing(),
        )

    def _show_status(self) -> None:
        """Show the status on the screen; seldom while a modal screen covers it, since
        Textual then paints all of it for every change.
        """
        screen, self._ticks = self._live_screen(), self._ticks + 1
        if screen is None or not screen.is_mounted:
            return
        if not self._is_covered() or not self._ticks % _COVERED_TICKS:
            screen.show_status(self.console_status())

    async def _read_causes(self, vitals: Vitals) -> None:
        if self._bulk_work.note_vitals(vitals):
            self.causes.reread()  # after an edit jobs may have other causes
        await self.causes.refresh()

    def _has_screen(self) -> bool:
        return bool(self.screen_stack)

    def _live_screen(self) -> LiveScreen | None:
        """Return the visible live screen, below any modal one; None while closing."""
        if not self.is_running:
            return None
        live = (s for s in reversed(self.screen_stack) if isinstance(s, LiveScreen))
        return next(live, None)

    def _is_covered(self) -> bool:
        """Does a modal screen cover the live one?"""
        return self._live_screen() is not self.screen

    def request_refresh(self) -> None:
        """Read again soon, and show the status now."""
        self.refresh_loop.request_refresh()
        self._show_status()

    # What screens ask for

    def ask(self, question: Question) -> Awaitable[str | None]:
        """Show the question at once; its answer is awaited in a worker."""
        return self.result_of(Dialog(question, self.guard_secs))

    def may_change(self) -> bool:
        """Can jobs be changed now? If not, notify the operator of the reason."""
        why_not = self._why_not()
        if why_not:
            self.notify_operator(f"not done: {why_not}", bad=True)
        return not why_not

    def _why_not(self) -> str:
        lost, vitals = self.refresh_loop.lost, self.refresh_loop.vitals
        if self._reads_only:
            return f"this console is READ-ONLY, {self._reads_only}"
        if lost is not None:
            return f"the database is lost since {self.clock.time(lost.since)}"
        if vitals is not None and vitals.read_only:
            return f"the server is read-only ({vitals.read_only})"
        return ""

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action of a key or of the palette; none that changes anything, where
        nothing may be changed.
        """
        name = (parse(action) if isinstance(action, str) else action)[1]
        if self._reads_only and name in ACTING:
            return not self.may_change()
        return await super().run_action(action, default_namespace, namespaces)

    # Leaving

    def leave(self) -> None:
        """Quit; while draining, stop."""
        if self.local_processor.ending:
            self.local_processor.abort()
        else:
            self._quit()

    def interrupt(self) -> None:
        """Leave; twice in a row, drain and quit without asking."""
        before, self._interrupted_at = self._interrupted_at, monotonic()
        if self._interrupted_at - before < _TWICE_SECS:
            self._end()
        else:
            self.leave()

    async def action_quit(self) -> None:
        """Quit from any screen; while draining, stop."""
        self.leave()

    def _quit(self) -> None:
        """Quit; ask first while calls are in flight or a form has unsaved changes."""
        forms = (s for s in self.screen_stack if isinstance(s, EditScreen))
        form = next(forms, None)
        if form is not None and not form.may_leave("ctrl+q"):
            if form is not self.screen:
                self.notify_operator(
                    "not done: a form is open, changed and not saved", bad=True
                )
            return
        status = self.local_processor.status()
        if any(worker.group == "leaving" for worker in self.workers):
            return  # the question is there
        if status is not None and status.in_flight:
            self._end(self.ask(ask_quit(status, self.local_processor.drain_secs)))
        else:
            self._end()

    @work(exclusive=True, group="leaving")
    async def _end(self, asked: Awaitable[str | None] | None = None) -> None:
        answer = "d" if asked is None else await asked
        if answer is not None:
            await self.local_processor.end(stop=answer == "s")
            self.exit(0)

    def action_command_palette(self) -> None:
        """Open the palette: every action by name."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Return what the palette lists, in Textual's own form."""
        for entry in self.palette_entries(screen):
            yield SystemCommand(entry.title, entry.help, entry.run)

    def palette_entries(self, screen: Screen[object]) -> Iterable[PaletteEntry]:
        """Return every action of the screen, by name."""
        yield from entries(screen)
        if isinstance(screen, HoldKeysScreen):
            hold, words = screen.action_hold_everything, WORDS["hold_everything"]
            what = "No host is called, until it is lifted; asks. Held: lifts it"
            yield PaletteEntry("Hold everything", what, words, hold)
        messages, theme = WORDS["messages"], WORDS["theme"]
        show, change = self.show_messages, self.action_change_theme
        yield PaletteEntry("Messages", "The messages so far", messages, show)
        yield PaletteEntry("Theme", "Other colours", theme, change)
