"""The log pane's place in the job log: rows of which job, and from which row on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sq_console.model import LogEntry
from sq_console.rules.log_filter import JobPlace, LogFilter, is_call_begun
from sq_console.store import Store
from sq_console.store.queries.log_places import LogPlaces
from sq_console.store.queries.log_tail import LogTail

FIRST_ROWS = 200
"""Rows shown when following begins."""
NEW_ROWS = 200
"""New rows shown of each reading, a few screens full. The rest is only counted: nobody
reads thousands a second, and each one costs the processor in this process.
"""
SEARCHED_ROWS = 2_000
"""Rows looked at when following begins with a filter."""
LOOKED_AT_ROWS = 1_000
"""New rows looked at of each reading when there is a filter."""
MSG_CHARS = 1_000
"""Characters kept of a message: answers may be long, and a line shows fewer. The job's
page has all of them.
"""


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows of the log that were not read because they came too fast."""

    rows: int
    """How many, roughly."""
    number: int = 1
    """The first gap is 1."""


LogRow = LogEntry | Gap


def why_empty(wanted: LogFilter) -> str:
    """Return the words for a log without rows."""
    if wanted.job_id is not None and not wanted.is_narrow:
        return f"No row of job {wanted.job_id}: never called, or its rows were pruned."
    if wanted.is_narrow:
        return (
            f"None of the last {SEARCHED_ROWS:,} rows fits; new ones are shown as they"
            " come."
        )
    return "No call has ended yet."


def key_of(row: LogRow) -> int:
    """Return what tells *row* from all others of the log pane."""
    return -row.number if isinstance(row, Gap) else row.id


def join_gaps(rows: Iterable[LogRow]) -> list[LogRow]:
    """Return *rows* with one gap in place of neighbouring ones."""
    joined: list[LogRow] = []
    for row in rows:
        last = joined[-1] if joined else None
        if isinstance(last, Gap) and isinstance(row, Gap):
            joined[-1] = Gap(last.rows + row.rows, last.number)
        else:
            joined.append(row)
    return joined


class LogFollower:
    """Gives each new row of the log once, with the host of its job, if the filter wants
    it. The begin of a call is left out: what it came to has a row of its own.

    It is used on the store's lane only. Another filter gets another `LogFollower`.
    """

    def __init__(self, wanted: LogFilter | None = None) -> None:
        self.wanted = wanted or LogFilter()
        self._tail = LogTail(self.wanted.job_id)
        self._started = False
        self._gaps = 0
        self._places = LogPlaces()

    def poll(self, store: Store) -> tuple[LogRow, ...]:
        """Return the last rows at first; then the new ones, after what is left out."""
        is_narrow = self.wanted.is_narrow
        if not self._started:
            first = self._tail.start(
                store.reads, SEARCHED_ROWS if is_narrow else FIRST_ROWS
            )
            self._started = True
            return self._shown(store, first)
        most = LOOKED_AT_ROWS if is_narrow else NEW_ROWS
        entries = self._tail.poll(store.reads, most, newest=True)
        skipped = self._tail.skipped
        new = self._shown(store, entries)
        if not skipped:
            return new
        self._gaps += 1
        return (Gap(skipped, self._gaps), *new)

    def _shown(self, store: Store, entries: Sequence[LogEntry]) -> tuple[LogEntry, ...]:
        calls = [entry for entry in entries if not is_call_begun(entry)]
        places = self._places.of(store.reads, {entry.job_id for entry in calls})
        return tuple(
            _with_place(entry, places.get(entry.job_id))
            for entry in calls
            if self.wanted.fits(entry, places.get(entry.job_id))
        )


def _with_place(entry: LogEntry, place: JobPlace | None) -> LogEntry:
    host = place.host if place else None
    return replace(entry, msg=entry.msg[:MSG_CHARS], host=host)
