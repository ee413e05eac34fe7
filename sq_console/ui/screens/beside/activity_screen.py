"""The activity: who did what to how many, newest first; of all or of one person."""

from textual import on
from textual.app import ComposeResult

from sq_console.rules.activity_folds import (
    FoldedActivity,
    matching_person,
    person_of,
)
from sq_console.ui.content.lines import Line, Span, cut_line
from sq_console.ui.content.tables.activity_lines import (
    activity_bar,
    activity_line,
    activity_titles,
)
from sq_console.ui.keys import LEAVING_PAGE, ON_ACTIVITY, OPENING_ROW, PAGING
from sq_console.ui.screens.beside.bulk_screen import BulkScreen
from sq_console.ui.screens.job_screen import JobScreen
from sq_console.ui.screens.live_screen import LiveScreen
from sq_console.ui.screens.modal import UNCOVER_SECS
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.state.readings.activity_readings import (
    ActivityReading,
    ActivityRequest,
    read_activity,
)
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList
from sq_console.ui.widgets.filter_bar import FilterBar
from sq_console.ui.widgets.painted import Lines


class ActivityList(CursorList[FoldedActivity, int]):
    """What operators did. A row is known by the oldest of its actions: newer ones may
    join it.
    """

    BINDINGS = [*OPENING_ROW]
    noun = "action"
    KEEPS_GONE_ROWS = False

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            RowCursor(key_of=lambda folded: folded.first.id),
            id="activity-list",
            empty=UNREAD,
        )
        self._clock = clock
        self.vitals: Vitals | None = None

    def content(self, row: FoldedActivity, width: int) -> Line:
        """Return the row of an action."""
        now = self.vitals.now if self.vitals else self._clock.now()
        cells = self.size.width - GUTTER - 1  # with or without a thumb
        return cut_line(activity_line(row, now, self._clock, cells), width)


class ActivityScreen(LiveScreen):
    """A list of actions, in pages, and the line for a person's name."""

    AUTO_FOCUS = "#activity-list"
    BINDINGS = [*LEAVING_PAGE, *ON_ACTIVITY, *PAGING]

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.actions = ActivityList(clock)
        self.request = ActivityRequest()
        self._before_this: list[ActivityRequest] = []
        """The pages before this one."""
        self._rows_before: list[int] = []
        self._reading: ActivityReading | None = None
        self._bar = Lines(classes="beside--bar")
        self._heads = Lines(classes="beside--heads")
        self._filter_bar = FilterBar(id="filter")

    def compose_middle(self) -> ComposeResult:
        """Show the list below its bar and its titles."""
        yield self._bar
        yield self._heads
        yield self.actions
        yield self._filter_bar

    async def reload(self, *, full: bool) -> Vitals | None:
        """Read the page and the vitals."""
        if not full:
            return None
        request = self.request
        reading = await self.console.lane.run(
            lambda store: read_activity(store, request)
        )
        if self.is_attached and request == self.request:
            self._show(reading)
        return reading.vitals

    def _show(self, reading: ActivityReading) -> None:
        self._reading, self.actions.vitals = reading, reading.vitals
        who = self.request.who
        self.actions.empty = (
            "No operator has done anything yet." if who is None else "Nothing more."
        )
        self.actions.show_rows(reading.folds)
        gutter = Span(" " * GUTTER)
        self._heads.show((gutter, *activity_titles(self.size.width - GUTTER - 1)))
        self._show_bar()

    @on(CursorList.Changed)
    def _show_bar(self) -> None:
        reading, view = self._reading, self.actions
        if reading is None:
            return
        before = sum(self._rows_before)
        last = min(len(reading.folds), view.top + view.size.height)
        place = f"{before + view.top + 1:,}-{before + last:,}" if last else ""
        if reading.next_before or self._before_this:
            place += "  [ ] pages"
        who, people, width = self.request.who, len(reading.people), self.size.width
        self._bar.show(activity_bar(who, people, place, width))

    def choice(self) -> object:
        """Return the cursor's row."""
        return self.actions.cursor.key

    def hint_applies(self, action: str) -> bool:
        """Return whether the key of *action* would do something just now."""
        return action != "app.visit('activity')" and super().hint_applies(action)

    # Keys

    def action_open(self) -> None:
        """Open the job or the bulk action; without one, show what that person did."""
        folded = self.row_under_cursor(self.actions)
        if folded is not None:
            self._open(folded)

    def _open(self, folded: FoldedActivity) -> None:
        job_id = folded.last.job_id if len(folded.actions) == 1 else None
        if folded.last.bulk_id:
            bulk = BulkScreen(self.console.clock, folded.last.bulk_id)
            self.console.open_screen(bulk)
        elif job_id:
            self.console.open_screen(JobScreen(job_id))
        else:
            self._go(ActivityRequest(person_of(folded.last.who)))

    @on(CursorList.RowOpened)
    def _open_row(self, event: CursorList.RowOpened) -> None:
        if isinstance(event.row, FoldedActivity):
            self._open(event.row)

    def action_only_person(self) -> None:
        """Show what the person under the cursor did; once more, what all did."""
        if self.request.who is not None:
            self._go(ActivityRequest())
            return
        folded = self.row_under_cursor(self.actions)
        if folded is not None:
            self._go(ActivityRequest(person_of(folded.last.who)))

    def action_turn(self, by: int) -> None:
        """Go to the page after this one, or before it."""
        reading = self._reading
        if by > 0 and reading is not None and reading.next_before is not None:
            self._before_this.append(self.request)
            self._rows_before.append(len(reading.folds))
            self._turn_to(ActivityRequest(self.request.who, reading.next_before))
        elif by < 0 and self._before_this:
            self._rows_before.pop()
            self._turn_to(self._before_this.pop())
        else:
            self.console.notify_operator("no page there")

    def action_filter(self) -> None:
        """Open the field for a name."""
        self._filter_bar.open_input(self.request.who or "", hint="anna, or anna@web1")

    @on(FilterBar.Submitted)
    def _filter(self, event: FilterBar.Submitted) -> None:
        people = self._reading.people if self._reading else ()
        try:
            who = matching_person(people, event.text) if event.text.strip() else None
        except ValueError as error:
            self.console.notify_operator(str(error), bad=True)
            return
        self._go(ActivityRequest(who))

    @on(FilterBar.Closed)
    def _back_to_list(self) -> None:
        self._filter_bar.show_filters([])
        self.actions.focus()

    def action_escape(self) -> None:
        """Show what all did; else go back."""
        if self.request.who is not None:
            self._go(ActivityRequest())
        else:
            self.app.delay_update(UNCOVER_SECS)
            self.dismiss()

    def _go(self, request: ActivityRequest) -> None:
        """Show the first page of *request*."""
        self._before_this.clear()
        self._rows_before.clear()
        self._filter_bar.show_filters([])
        self._turn_to(request)

    def _turn_to(self, request: ActivityRequest) -> None:
        self.request = request
        self.actions.clear()
        self.actions.focus()
        self.console.request_refresh()
