"""Bulk actions of everybody: how far, with what result; stopped and pulled back from
here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult

from sq_console.model import PULLED_VERBS, ActionResult, BulkRow, BulkState
from sq_console.store import Store
from sq_console.ui.content.lines import Line, Span, cut_line
from sq_console.ui.content.tables.bulk_lines import (
    bulk_bar,
    bulk_facts,
    bulk_row_line,
    bulk_titles,
)
from sq_console.ui.keys import LEAVING_PAGE, ON_BULK, OPENING_ROW
from sq_console.ui.screens.beside.bulk_questions import ask_pull_back, ask_stop
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.screens.text_page import TextPage
from sq_console.ui.state.bulk_actions import BulkAction, run_bulk_action
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.state.screen_data import Vitals, read_vitals
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList
from sq_console.ui.widgets.painted import Lines

_MOST = 200
_FACTS = 11


@dataclass(frozen=True, slots=True)
class BulkListReading:
    """What the screen reads."""

    vitals: Vitals
    rows: tuple[BulkRow, ...]


def _read(store: Store) -> BulkListReading:
    return BulkListReading(read_vitals(store), tuple(store.bulk.ls(_MOST)))


class BulkList(CursorList[BulkRow, int]):
    """Bulk actions, the newest first."""

    BINDINGS = [*OPENING_ROW]
    noun = "bulk action"
    KEEPS_GONE_ROWS = False

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            RowCursor(key_of=lambda row: row.id), id="bulk-list", empty=UNREAD
        )
        self._clock = clock
        self.vitals: Vitals | None = None

    def content(self, row: BulkRow, width: int) -> Line:
        """Return the row of a bulk action."""
        now = self.vitals.now if self.vitals else self._clock.now()
        cells = self.size.width - GUTTER - 1
        return cut_line(bulk_row_line(row, now, self._clock, cells), width)


class BulkScreen(LiveScreen):
    """A list, and the facts of the one under the cursor."""

    AUTO_FOCUS = "#bulk-list"
    BINDINGS = [*LEAVING_PAGE, *ON_BULK]

    def __init__(self, clock: Clock, bulk_id: int | None = None) -> None:
        """The list; its cursor begins on *bulk_id*, where that is given."""
        super().__init__()
        self._begins_on = bulk_id
        self.bulk_list = BulkList(clock)
        self._bar = Lines(classes="beside--bar")
        self._heads = Lines(classes="beside--heads")
        self._facts = Lines(id="bulk-facts")

    def compose_middle(self) -> ComposeResult:
        """Show the list below its titles, and facts below it."""
        yield self._bar
        yield self._heads
        yield self.bulk_list
        yield self._facts

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read bulk actions."""
        if not full:
            return None
        reading = await self.console.lane.run(_read)
        if self.is_attached:  # else it was left meanwhile
            self._show(reading)
        return reading.vitals

    def _show(self, reading: BulkListReading) -> None:
        view, width = self.bulk_list, self.size.width
        view.vitals = reading.vitals
        view.empty = "No bulk action. r, K, x or e on a cause, or on all that match."
        view.show_rows(reading.rows)
        if self._begins_on is not None:
            ids = [row.id for row in reading.rows]
            if self._begins_on in ids:
                view.put_cursor(ids.index(self._begins_on))
            else:
                words = f"bulk action {self._begins_on} is not among the newest {_MOST}"
                self.console.notify_operator(words, bad=True)
            self._begins_on = None
        under_way = sum(row.ended_at is None for row in reading.rows)
        self._bar.show(bulk_bar(len(reading.rows), under_way, _MOST, width))
        titles = bulk_titles(width - GUTTER - 1)
        self._heads.show((Span(" " * GUTTER), *titles))
        self._show_facts()

    @on(CursorList.Changed)
    def _show_facts(self) -> None:
        self._facts.styles.height = _FACTS if self.size.height > 2 * _FACTS else 0
        width = self.size.width - 1
        self._facts.show(*(cut_line(line, width) for line in self._lines()))

    def _lines(self) -> list[Line]:
        row, vitals = self.bulk_list.cursor.current, self.bulk_list.vitals
        if row is None or vitals is None:
            return []
        return bulk_facts(row, vitals.now, self.console.clock)

    def choice(self) -> object:
        """Return the one under the cursor."""
        return self.bulk_list.cursor.key

    def hint_applies(self, action: str) -> bool:
        """Return whether the key would do something to the one under the cursor."""
        row = self.bulk_list.cursor.current
        if action == "stop_bulk":
            applies = row is not None and row.state is BulkState.RUNNING
        elif action == "pull_back":
            applies = row is not None and row.request.verb in PULLED_VERBS
        else:
            applies = action != "app.visit('bulk')"
        return applies and super().hint_applies(action)

    def action_open(self) -> None:
        """Show all its facts."""
        row = self.row_under_cursor(self.bulk_list)
        if row is not None:
            self.console.open_screen(TextPage(f"Bulk action {row.id}", self._lines()))

    @on(CursorList.RowOpened)
    def _open_row(self) -> None:
        self.action_open()

    def action_escape(self) -> None:
        """Go back, painted once."""
        self.app.delay_update(UNCOVER_SECS)
        self.dismiss()

    def action_stop_bulk(self) -> None:
        """Stop the one under the cursor, after asking."""
        row, actor = self._chosen_row(), self.console.actor
        if row is not None:
            self._act(
                row,
                self.console.ask(ask_stop(row)),
                lambda store, it: store.bulk.stop(it.id, actor),
            )

    def action_pull_back(self) -> None:
        """Pull back its retries, after asking."""
        row, actor = self._chosen_row(), self.console.actor
        if row is not None:
            self._act(
                row,
                self.console.ask(ask_pull_back(row)),
                lambda store, it: store.bulk.pull_back(it.id, actor),
            )

    def _chosen_row(self) -> BulkRow | None:
        if not self.console.may_change():
            return None
        refusal, row = self.bulk_list.why_not_here(), self.bulk_list.cursor.current
        if refusal is None:
            return row
        self.console.notify_operator(refusal, bad=True)
        return None

    @work
    async def _act(
        self,
        row: BulkRow,
        answer: Awaitable[str | None],
        act: Callable[[Store, BulkRow], ActionResult],
    ) -> None:
        if await answer is None:
            return
        action = BulkAction("bulk action", "changed", act, lambda it: f"bulk {it.id}")
        report = await run_bulk_action(self.console.lane, [row], action)
        self.console.notify_operator(report.summary(), bad=not report.all_done)
        self.console.request_refresh()
