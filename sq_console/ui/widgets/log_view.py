"""The end of the job log, with a cursor: rows that match the filter, newest last."""

from collections.abc import Sequence

from textual.message import Message

from sq_console.model import LogEntry
from sq_console.rules.log_filter import is_failure
from sq_console.ui.content.lines import Line
from sq_console.ui.content.log_lines import log_line
from sq_console.ui.keys import FOLLOWING, IN_LOG, OPENING
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.following_cursor import FollowingCursor
from sq_console.ui.state.log_follower import Gap, LogRow, join_gaps, key_of
from sq_console.ui.widgets.following_list import FollowingList


class LogView(FollowingList[LogRow, int]):
    """Log rows, the newest at the bottom."""

    BINDINGS = [*OPENING, *FOLLOWING, *IN_LOG]

    class NoFailure(Message):
        """No failed call is on that side of the cursor."""

        def __init__(self, side: str) -> None:
            super().__init__()
            self.side = side

    def __init__(self, clock: Clock) -> None:
        super().__init__(FollowingCursor(key_of), id="log-list")
        self.noun = "log row"
        self._clock = clock

    @property
    def newest(self) -> LogEntry | None:
        """The last row of the log that is shown."""
        rows = reversed(self.cursor.rows)
        return next((row for row in rows if not isinstance(row, Gap)), None)

    def append(self, rows: Sequence[LogRow]) -> None:
        """Add *rows*, oldest first."""
        if not rows:
            return
        last = self.cursor.rows[-1:]
        joined = join_gaps([*last, *rows])
        if last:
            self.cursor.replace_last(joined.pop(0))
        self.append_rows(joined)

    def restart(self, empty: str = "") -> None:
        """Forget all rows: another filter. *empty* says why there are none."""
        self.clear()
        self.empty = empty
        self.repaint()

    def action_next_failure(self, by: int) -> None:
        """Put the cursor on the next call that failed, down or up."""
        rows, index = self.cursor.rows, self.cursor.index
        here = -1 if index is None else index
        places = range(here + 1, len(rows)) if by > 0 else range(here - 1, -1, -1)
        for place in places:
            row = rows[place]
            if not isinstance(row, Gap) and is_failure(row):
                self.put_cursor(place)
                return
        self.post_message(self.NoFailure("below" if by > 0 else "above"))

    def cursor_job_id(self) -> int | None:
        """Return the job of the row under the cursor; None for a row about no job."""
        row = self.cursor.current
        return None if row is None or isinstance(row, Gap) else row.job_id or None

    def content(self, row: LogRow, width: int) -> Line:
        """Return a row of the log."""
        return log_line(row, self._clock, width)
