"""The row of a bulk action under a lease: one worker has it, for seconds, and writes
its progress with a compare-and-set on itself.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sq_console.errors import StoreError
from sq_console.model import BulkRow, BulkState
from sq_console.store import rows
from sq_console.store.actions.bulk_rows import BULK_COLUMNS, bulk_row
from sq_console.store.actions.bulk_walk import WalkPosition, position_of
from sq_console.store.protocols import Session
from sq_console.text.redact import redact_text

LEASE_SECS = 5
_ERROR_CHARS = 255

_CANDIDATES = """
SELECT id FROM (
  SELECT id, worker, lease_until FROM queued_job_bulk {use_bulk_state}
   WHERE state = 'running' ORDER BY id LIMIT 20) AS unended
 WHERE worker = %s OR lease_until IS NULL OR lease_until < {now}
UNION ALL
SELECT id FROM (
  SELECT id, worker, lease_until FROM queued_job_bulk {use_bulk_state}
   WHERE state = 'pulling' ORDER BY id LIMIT 20) AS pulling
 WHERE worker = %s OR lease_until IS NULL OR lease_until < {now}
UNION ALL
SELECT id FROM (
  SELECT id, worker, lease_until, not_begun FROM queued_job_bulk {use_bulk_state}
   WHERE state = 'stopped' ORDER BY id DESC LIMIT 20) AS uncounted
 WHERE not_begun IS NULL
   AND (worker = %s OR lease_until IS NULL OR lease_until < {now})"""
_TAKE = """
UPDATE queued_job_bulk SET worker = %s, lease_until = {secs_ahead}
 WHERE id = %s AND (worker = %s OR lease_until IS NULL OR lease_until < {now})
   AND (state IN ('running', 'pulling') OR (state = 'stopped' AND not_begun IS NULL))"""
_ROW = f"""
SELECT {BULK_COLUMNS}, position, {{now}} AS now
  FROM queued_job_bulk WHERE id = %s"""  # noqa: S608 - names only
_PROGRESS = """
UPDATE queued_job_bulk
   SET done = %s, refused = %s, counted = %s, not_begun = %s, pulled_back = %s,
       position = %s, state = %s, error = %s, due_until = %s,
       lease_until = {secs_ahead},
       ended_at = CASE WHEN %s THEN {now} ELSE ended_at END
 WHERE id = %s AND worker = %s AND state = %s"""
_NOT_UNDERSTOOD = """
UPDATE queued_job_bulk SET state = 'failed', error = %s, ended_at = {now}
 WHERE id = %s AND worker = %s"""


class LeaseLost(StoreError):
    """Somebody else has the bulk action now, or has stopped it."""


@dataclass(frozen=True, slots=True)
class LeasedBulk:
    """A bulk action that is ours for the moment."""

    row: BulkRow
    position: WalkPosition
    worker: str
    now: datetime
    """The database's clock when it was read."""

    @property
    def id(self) -> int:
        """Return its id."""
        return self.row.id

    def at(self, position: WalkPosition) -> "LeasedBulk":
        """Return it with another position."""
        return replace(self, position=position)

    def with_row(self, **changed: Any) -> "LeasedBulk":
        """Return it with other values of its row."""
        return replace(self, row=replace(self.row, **changed))


class BulkLeases:
    """Leases over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last = 0
        """The bulk action worked on last: they take turns."""

    def take(self, worker: str) -> LeasedBulk | None:
        """Take the lease of a bulk action that nobody works on, or whose worker stands
        still; None when there is none.
        """
        found = self._session.rows(_CANDIDATES, (worker, worker, worker))
        ids = sorted(rows.whole(row["id"]) for row in found)
        for bulk_id in (*(i for i in ids if i > self._last), *ids):
            params = (worker, LEASE_SECS, bulk_id, worker)
            if self._session.execute(_TAKE, params):
                self._last = bulk_id
                if (leased := self._read(bulk_id, worker)) is not None:
                    return leased
        return None

    def _read(self, bulk_id: int, worker: str) -> LeasedBulk | None:
        found = self._session.rows(_ROW, (bulk_id,))
        if not found:
            return None
        try:
            row = bulk_row(found[0])
            position = position_of(rows.text_or_none(found[0]["position"]))
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            said = f"not understood: {error}"[:_ERROR_CHARS]
            self._session.execute(_NOT_UNDERSTOOD, (said, bulk_id, worker))
            return None
        now = rows.moment(found[0]["now"]) or datetime.now(UTC)
        return LeasedBulk(row, position, worker, now)

    def save(self, bulk: LeasedBulk, state: BulkState | None = None) -> None:
        """Write its progress, and its new *state*. Raises LeaseLost when it is not ours
        any more: a transaction around it has to be undone.
        """
        row = bulk.row
        after = state or row.state
        error = row.error and self._session.fit(
            row.error[:_ERROR_CHARS], "queued_job_bulk.error"
        )
        written = self._session.execute(
            _PROGRESS,
            (
                row.done,
                row.refused,
                max(row.counted, row.done),
                row.not_begun,
                row.pulled_back,
                bulk.position.as_json(),
                after.value,
                error,
                row.due_until and rows.stamp(row.due_until),
                LEASE_SECS,
                int(after is not row.state),
                row.id,
                bulk.worker,
                row.state.value,
            ),
        )
        if not written:
            raise LeaseLost("the bulk action is another worker's now")


def error_text(error: StoreError) -> str:
    """Return why something was refused, without secrets, for the row."""
    return redact_text(str(error))
