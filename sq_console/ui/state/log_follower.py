"""The log pane's place in the job log: rows of which job, and from which row on."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sq_console.model import JobFilter, LogEntry
from sq_console.store import Store
from sq_console.store.queries.log_tail import LogTail

FIRST_ROWS = 200
"""Rows shown when following begins."""
NEW_ROWS = 200
"""New rows shown of each reading, a few screens full. The rest is only counted: nobody
reads thousands a second, and each one costs the processor in this process.
"""
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
    """Gives each new row of the log once; rows of one job if *wanted* names one.

    It is used on the store's lane only. Another filter gets another `LogFollower`.
    """

    def __init__(self, wanted: JobFilter | None = None) -> None:
        self.job_id = wanted.job_id if wanted else None
        self.text = (wanted.text or "") if wanted else ""
        self._tail = LogTail(self.job_id)
        self._started = False
        self._gaps = 0

    def poll(self, store: Store) -> tuple[LogRow, ...]:
        """Return the last rows at first; then the new ones, after what is left out."""
        if not self._started:
            first = self._tail.start(store.reads, FIRST_ROWS)
            self._started = True
            return _shortened(first)
        new = _shortened(self._tail.poll(store.reads, NEW_ROWS, newest=True))
        if not self._tail.skipped:
            return new
        self._gaps += 1
        return (Gap(self._tail.skipped, self._gaps), *new)


def _shortened(entries: list[LogEntry]) -> tuple[LogEntry, ...]:
    return tuple(replace(entry, msg=entry.msg[:MSG_CHARS]) for entry in entries)
