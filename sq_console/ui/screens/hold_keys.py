"""The key that holds a host, or lifts its hold, on every screen on which a host can be
chosen. It always asks.
"""

import asyncio
from collections.abc import Awaitable

from textual import work

from sq_console.errors import SQConsoleError
from sq_console.model import HOLD_ALL, Hold, HoldEffect
from sq_console.rules.held_hosts import spreading
from sq_console.text.durations import pace_text
from sq_console.text.humanize import spoken_duration
from sq_console.ui.content.tables.hold_lines import (
    HoldAnswer,
    hold_done_text,
    host_words,
    spread_text,
)
from sq_console.ui.keys import HOLDING
from sq_console.ui.screens.beside.hold_dialog import HoldDialog
from sq_console.ui.screens.bulk_begin import BulkBeginScreen
from sq_console.ui.state.panes import Pane


class HoldKeysScreen(BulkBeginScreen):
    """A screen on which a host can be chosen."""

    BINDINGS = [*HOLDING]

    def host_under_cursor(self) -> str | None:
        """Return the host under the cursor, as jobs have it; else a toast says why."""
        raise NotImplementedError

    def action_hold(self) -> None:
        """Hold the host under the cursor, or lift its hold, after asking."""
        if not self.console.may_change():
            return
        host = self.host_under_cursor()
        if host is not None:
            self._ask_about(host)

    def action_log_of_host(self) -> None:
        """Go to the log of the host under the cursor."""
        host = self.host_under_cursor()
        if host:
            self.console.show_host(host, Pane.LOG)
        elif host is not None:
            self.console.notify_operator("its url has no host", bad=True)

    def action_hold_everything(self) -> None:
        """Hold every host, or lift that hold, after asking."""
        if self.console.may_change():
            self._ask_about(HOLD_ALL)

    def _ask_about(self, host: str) -> None:
        vitals = self.console.refresh_loop.vitals
        holds = {hold.host: hold for hold in (vitals.holds if vitals else ())}
        hold = holds.get(host) or holds.get(HOLD_ALL)
        held = hold.host if hold else host
        effect = asyncio.ensure_future(
            self.console.lane.run(lambda store: store.holds.effect_on(held))
        )
        console = self.console
        dialog = HoldDialog(held, hold, effect, console.clock, console.guard_secs)
        self._hold_or_lift(held, hold, console.result_of(dialog))

    @work
    async def _hold_or_lift(
        self, host: str, hold: Hold | None, asked: Awaitable[HoldAnswer | None]
    ) -> None:
        answer = await asked
        if answer is None:
            return
        try:
            if hold is None:
                words = await self._hold(host, answer)
            else:
                words = await self._lift(hold, answer.per_second)
        except SQConsoleError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        if words:
            self.console.notify_operator(words)
            self.console.request_refresh()

    async def _hold(self, host: str, answer: HoldAnswer) -> str:
        actor = self.console.actor
        effect: HoldEffect = await self.console.lane.run(
            lambda store: store.holds.hold(host, actor, answer.why, answer.for_secs)
        )
        return hold_done_text(effect)

    async def _lift(self, hold: Hold, per_second: float | None) -> str:
        """Lift *hold*, after spreading what is due at a pace; return words for that, ""
        when the count was stopped.
        """
        actor, lane = self.console.actor, self.console.lane
        if per_second is not None:
            count = await self.counted(spreading(hold, per_second))
            if count is None:
                return ""
            if count.counted:
                bulk_id = await lane.run(
                    lambda store: store.bulk.create(count.request, actor, count.counted)
                )
                took = spoken_duration(count.counted / per_second)
                pace = pace_text(per_second)
                return spread_text(hold.host, count.counted, pace, took, bulk_id)
        lifted = await lane.run(lambda store: store.holds.lift(hold.host, actor))
        return f"{host_words(hold.host)} is {'held no more' if lifted else 'not held'}"
