"""The log pane's place in the log: whose rows, and from where on."""

from dataclasses import replace

from sq_console.model import JobFilter, LogEntry
from sq_console.store import Store
from sq_console.store.queries.log_tail import LogTail
from sq_console.ui.content.log_lines import Gap

TAIL_LINES = 200
"""Rows shown when following begins."""
NEWS = 200
"""Rows shown of those that came since the last look, some screens full; of more it is
only said how many: nobody reads thousands a second, and each costs the processor beside
us.
"""
MSG_CHARS = 1_000
"""Kept of a message: answers may be long, and a line shows less. The job's page has
the whole.
"""


class LogFollower:
    """Rows of the log, of one job if *wanted* names one; each is given once.

    Used on the store's lane only; another filter is another `LogFollower`.
    """

    def __init__(self, wanted: JobFilter | None = None) -> None:
        self.job_id = wanted.job_id if wanted else None
        self.text = (wanted.text or "") if wanted else ""
        self._tail = LogTail(self.job_id)
        self._begun = False

    def poll(self, store: Store) -> tuple[LogEntry | Gap, ...]:
        """The last rows, at first; then those that are new, after what is left out."""
        if not self._begun:
            first = self._tail.start(store.reads, TAIL_LINES)
            self._begun = True
            return _cut(first)
        news = _cut(self._tail.poll(store.reads, NEWS, newest=True))
        passed_by = self._tail.passed_by
        return (Gap(passed_by), *news) if passed_by else news


def _cut(entries: list[LogEntry]) -> tuple[LogEntry, ...]:
    return tuple(replace(entry, msg=entry.msg[:MSG_CHARS]) for entry in entries)
