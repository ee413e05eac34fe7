"""The log pane's place in the log: whose rows, and from where on."""

from sq_console.model import JobFilter, LogEntry
from sq_console.store.base import Store
from sq_console.store.tail import LogTail

TAIL_LINES = 500
"""Rows shown when following begins."""


class Following:
    """Rows of the log, of one job if *wanted* names one; each is given once.

    Used on the store's lane only; another filter is another `Following`.
    """

    def __init__(self, wanted: JobFilter | None = None) -> None:
        self.job_id = wanted.job_id if wanted else None
        self.text = (wanted.text or "") if wanted else ""
        self._tail = LogTail(self.job_id)
        self._begun = False

    def look(self, store: Store) -> tuple[LogEntry, ...]:
        """The last rows, at first; then those that are new."""
        if not self._begun:
            first = tuple(self._tail.start(store, TAIL_LINES))
            self._begun = True
            return first
        return tuple(self._tail.poll(store, TAIL_LINES * 2, newest=True))
