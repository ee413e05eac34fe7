"""The duty to prune: one processor has it at a time, by a lease in `queued_job_meta`.

A batch ends with a look whether the lease is still its worker's, under the row's lock
and in the batch's own transaction: a worker that stood still for long deletes nothing
beside its successor.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from sq_console.errors import RowRefused, StoreError, StoreRefused
from sq_console.store import rows
from sq_console.store.protocols import Session
from sq_console.store.recording.retention_row import (
    NAME,
    ReadRow,
    RetentionRow,
    is_ahead,
    read_row,
    secs_since,
)

LEASE_SECS = 30.0
REST_SECS = 600.0
"""Between the end of a pass and the next."""
_WORKER_CHARS = 80

_MAKE = "INSERT INTO queued_job_meta (name, value) VALUES (%s, %s)"
_REPLACE = "UPDATE queued_job_meta SET value = %s WHERE name = %s AND value = %s"


class DutyLost(StoreError):
    """Another processor has the duty now."""


class RetentionDuty:
    """The lease over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.pass_secs = 0.0
        """How old the pass under way was when the duty was taken or kept last; by the
        database's time, over all processors that worked on it."""

    def take_duty(self, worker: str, stats_secs: float | None) -> datetime | None:
        """Take the duty, or keep it; return the database's time. None when another
        processor has it, or when a pass was over lately.
        """
        found = read_row(self._session)
        if found is None:
            self._make()
            found = read_row(self._session)
        if found is None:
            return None
        row, mine = found.row, worker[:_WORKER_CHARS]
        is_taken = row.worker != mine and is_ahead(row.until, found.now)
        is_resting = is_ahead(row.rest_until, found.now)
        if is_taken or (is_resting and row.stats_secs == stats_secs):
            return None
        since = row.since or rows.stamp(found.now)
        wanted = replace(
            row,
            worker=mine,
            until=_later(found, LEASE_SECS),
            since="" if is_resting else since,
            stats_secs=stats_secs,
        )
        self.pass_secs = secs_since(since, found.now)
        return found.now if self._replace(found, wanted) and not is_resting else None

    def _make(self) -> None:
        with suppress(StoreRefused, RowRefused):  # another was first
            self._session.execute(_MAKE, (NAME, RetentionRow().as_json()))

    def confirm(self, worker: str) -> None:
        """Within a transaction: prolong the lease. Raises DutyLost."""
        found = read_row(self._session, lock=True)
        if found is None or found.row.worker != worker[:_WORKER_CHARS]:
            raise DutyLost("another processor prunes now")
        self._replace(found, replace(found.row, until=_later(found, LEASE_SECS)))

    def rest(self, worker: str) -> None:
        """Give the duty up: a pass is over, and the next one begins later."""
        found = read_row(self._session)
        if found is not None and found.row.worker == worker[:_WORKER_CHARS]:
            rest = _later(found, REST_SECS)
            over = replace(found.row, until="", rest_until=rest, since="")
            self._replace(found, over)

    def leave(self, worker: str) -> None:
        """Give the duty up in the middle of a pass: another may go on at once."""
        found = read_row(self._session)
        if found is not None and found.row.worker == worker[:_WORKER_CHARS]:
            self._replace(found, replace(found.row, worker="", until=""))

    def _replace(self, found: ReadRow, row: RetentionRow) -> bool:
        params = (row.as_json(), NAME, found.value)
        return bool(self._session.execute(_REPLACE, params))


def _later(found: ReadRow, secs: float) -> str:
    return rows.stamp(found.now + timedelta(seconds=secs))
