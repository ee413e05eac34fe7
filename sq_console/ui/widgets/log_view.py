"""The end of the job log, with a cursor: rows that match the filter, newest last."""

from collections.abc import Sequence

from sq_console.model import LogEntry
from sq_console.ui.content.lines import Line
from sq_console.ui.content.log_lines import log_line
from sq_console.ui.keys import FOLLOWING, OPENING
from sq_console.ui.state.clock import Clock
from sq_console.ui.state.cursors.following_cursor import FollowingCursor
from sq_console.ui.state.log_follower import Gap, LogRow, join_gaps, key_of
from sq_console.ui.widgets.following_list import FollowingList


class LogView(FollowingList[LogRow, int]):
    """Log rows, the newest at the bottom."""

    BINDINGS = [*OPENING, *FOLLOWING]

    def __init__(self, clock: Clock) -> None:
        super().__init__(FollowingCursor(key_of), id="log-list")
        self.noun = "log row"
        self._clock = clock
        self._wanted_text = ""

    @property
    def newest(self) -> LogEntry | None:
        """The last row of the log that is shown."""
        rows = reversed(self.cursor.rows)
        return next((row for row in rows if not isinstance(row, Gap)), None)

    def append(self, rows: Sequence[LogRow]) -> None:
        """Add those of *rows* that match the filter, oldest first."""
        if not rows:
            return
        last = self.cursor.rows[-1:]
        joined = join_gaps([*last, *filter(self._matches, rows)])
        if last:
            self.cursor.replace_last(joined.pop(0))
        self.append_rows(joined)

    def restart(self, wanted_text: str = "") -> None:
        """Forget all rows: another filter."""
        self._wanted_text = wanted_text.lower()
        self.clear()

    def _matches(self, row: LogRow) -> bool:
        return isinstance(row, Gap) or self._wanted_text in row.msg.lower()

    def cursor_job_id(self) -> int | None:
        """Return the job of the row under the cursor; None for a row about no job."""
        row = self.cursor.current
        return None if row is None or isinstance(row, Gap) else row.job_id or None

    def content(self, row: LogRow, width: int) -> Line:
        """Return a row of the log."""
        return log_line(row, self._clock, width)
