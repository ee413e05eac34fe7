"""The list of causes, the list of the jobs of one cause, and its facts beside them."""

from collections.abc import Collection
from datetime import datetime

from sq_console.model import Cause, CauseKey, CauseSample, CausesReading
from sq_console.text.cause_words import cause_text
from sq_console.ui.content.failures.cause_columns import (
    CauseLayout,
    cause_heads,
    cause_layout,
    cause_line,
)
from sq_console.ui.content.failures.cause_page import (
    cause_fact_lines,
    sample_heads,
    sample_line,
)
from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.keys import MARKING, OPENING
from sq_console.ui.state.causes_watch import CauseReading
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.row_cursor import RowCursor
from sq_console.ui.widgets import painted
from sq_console.ui.widgets.cursor_list import GUTTER, UNREAD, CursorList


class CauseList(CursorList[Cause, CauseKey]):
    """Causes; those of held hosts have a `=`."""

    BINDINGS = [*OPENING]
    noun = "cause"
    IS_RANKED = True

    def __init__(self, clock: Clock) -> None:
        cursor: RowCursor[Cause, CauseKey] = RowCursor(lambda cause: cause.key)
        super().__init__(cursor, id="causes-list", empty=UNREAD)
        self._clock = clock
        self._now = clock.now()
        self._held: Collection[str] = ()
        self._layouts: tuple[tuple[Cause, ...], dict[int, CauseLayout]] = ((), {})
        """The rows, and their layout for each width."""

    def show(self, reading: CausesReading, held: Collection[str]) -> None:
        """Show the causes that were read; *held* are hosts."""
        self._now, self._held = reading.now, held
        self.empty = "Nothing has failed, and nothing waits for a retry."
        if not self.is_touched:
            self.cursor.clear()  # until the operator has moved it, it is on the first
        self.show_rows(reading.causes)

    def heads(self) -> Line:
        """Return the titles of the columns."""
        return (Span(" " * GUTTER), *cause_heads(self._layout(self.size.width - 1)))

    def content(self, row: Cause, width: int) -> Line:
        """Return the cells of a cause."""
        layout = self._layout(width + GUTTER)
        return cause_line(
            row, layout, self._now, self._clock, is_held=row.key.host in self._held
        )

    def line(self, number: int, width: int) -> painted.Row:
        """Return a row; its gutter says when the host is held."""
        (gutter, *content), backdrop = super().line(number, width)
        if self.cursor.rows[number].key.host in self._held:
            gutter = Span(f"{gutter.text[0]}=", Tone.WARN)
        return (gutter, *content), backdrop

    def label(self, row: Cause) -> str:
        """Return the words for a cause in a message."""
        return f"cause {cause_text(row.key)}"

    def _layout(self, width: int) -> CauseLayout:
        rows = self.cursor.rows
        if self._layouts[0] is not rows:  # as long as they are, it is made once
            self._layouts = (rows, {})
        layouts = self._layouts[1]
        if width not in layouts:
            layouts[width] = cause_layout(rows, width - GUTTER)
        return layouts[width]


class CauseJobList(CursorList[CauseSample, int]):
    """The jobs of one cause, the newest failure first."""

    BINDINGS = [*OPENING, *MARKING]
    noun = "job"

    def __init__(self, clock: Clock) -> None:
        cursor: RowCursor[CauseSample, int] = RowCursor(
            lambda sample: sample.job.id,
            lambda before, now: before.job.created_at == now.job.created_at,
        )
        super().__init__(cursor, id="cause-jobs", empty=UNREAD)
        self._clock = clock
        self._now = clock.now()

    def show(self, reading: CauseReading, now: datetime) -> None:
        """Show a page of jobs."""
        self._now = now
        self.empty = "No job has this cause any more."
        self.show_rows(reading.samples)

    def heads(self) -> Line:
        """Return the titles of the columns."""
        return (Span(" " * GUTTER), *sample_heads())

    def content(self, row: CauseSample, width: int) -> Line:
        """Return the cells of a job."""
        return sample_line(row, self._now, self._clock, width)


class CauseFacts(painted.Lines):
    """What is known of the cause under the cursor; beside the list, where there is room
    for both.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="cause-beside")
        self._clock = clock

    def show_cause(self, causes: CauseList, now: datetime) -> None:
        """Show the facts of the cause under the cursor of *causes*."""
        cursor, width = causes.cursor, self.size.width
        cause, index = cursor.current, cursor.index
        if cause is None or index is None:
            self.show()
            return
        place = index + 1, len(cursor.rows)
        facts = cause_fact_lines(cause, place, now, self._clock, None, "", width)
        more = (Span(" enter", Tone.KEY), Span("  its jobs, their answers, all keys"))
        self.show(*facts, BLANK, more)
