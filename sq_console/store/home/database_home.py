"""Where this database is at home, as `queued_job_meta` has it: read, learned, adopted.

`rules.admission.copies` says what is compared and why. Processors learn; `adopt` makes
a copy a database of its own.
"""

import uuid
from collections.abc import Sequence

from sq_console.errors import RowRefused, StoreDenied
from sq_console.model import HOLD_ALL, Adoption, DatabaseState, LogEvent
from sq_console.rules.admission.copies import ADDRESS, PREFIXES, facts_of
from sq_console.store import rows
from sq_console.store.actions.activity import note_activity_if_possible
from sq_console.store.actions.holds import COPY_HOLD
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Session

MOST_ADDRESSES = 64
"""So many addresses of machines whose names do not last, as those of containers, are
kept: those learned last.
"""
_META = "SELECT name, value FROM queued_job_meta ORDER BY name LIMIT 500"
_LEARN = """
INSERT INTO queued_job_meta (name, value)
SELECT %s, %s FROM queued_job_meta AS m WHERE m.name = 'database_uuid' AND m.value = %s
{on_name_conflict} value = queued_job_meta.value"""
_FORGET = "DELETE FROM queued_job_meta WHERE name = %s"
_SET_UUID = """
UPDATE queued_job_meta SET value = %s WHERE name = 'database_uuid' AND value = %s"""
_NOW = "SELECT {now} AS now"
_HOLD = """
INSERT INTO queued_job_hold (host, who, why, since, expires_at)
VALUES (%s, %s, %s, {now}, NULL)
{on_host_conflict}
  who = CASE WHEN queued_job_hold.expires_at <= {now} THEN %s
             ELSE queued_job_hold.who END,
  why = CASE WHEN queued_job_hold.expires_at <= {now} THEN %s
             ELSE queued_job_hold.why END,
  expires_at = CASE WHEN queued_job_hold.expires_at <= {now} THEN NULL
                    ELSE queued_job_hold.expires_at END"""
_LIFT = "DELETE FROM queued_job_hold WHERE host = %s AND who = %s"


class DatabaseHome:
    """The rows about this database's home, over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def state(self) -> DatabaseState:
        """Return what the rows say, and where this connection has led."""
        found = self._session.rows(_META)
        meta = {rows.as_text(row["name"]): rows.as_text(row["value"]) for row in found}
        return DatabaseState(meta, self._session.location())

    def learn(self, uuid_seen: str, facts: Sequence[tuple[str, str]]) -> bool:
        """Write *facts* of `rules.admission.copies` about the database *uuid_seen*;
        return whether that was possible. A user who may not write there processes all
        the same. Of another one, restored here at this moment, nothing is written.

        All are written at once: to a processor that starts at this moment, or after
        this one was killed, a half of them would be the home of a database elsewhere.
        """
        try:
            self._session.transact(lambda: self._write(uuid_seen, facts))
            self._forget_old_addresses()
        except (StoreDenied, RowRefused):
            return False
        return True

    def hold_copy(self, why: str) -> None:
        """Hold everything, because this is a copy. An operator's own hold stays, and a
        user who may not hold has nothing called by a processor either.
        """
        reason = self._session.fit(why[:255], "queued_job_hold.why")
        params = (HOLD_ALL, COPY_HOLD, reason, COPY_HOLD, reason)
        try:
            self._session.execute(_HOLD, params)
        except StoreDenied:
            return

    def lift_copy_hold(self) -> bool:
        """Lift that hold; return whether there was one."""
        return bool(self._session.execute(_LIFT, (HOLD_ALL, COPY_HOLD)))

    def adopt(
        self, seen: DatabaseState, actor: str, *, keep_uuid: bool = False
    ) -> Adoption | None:
        """Make this the home of the database: forget all others, lift the copy's hold,
        and give it a new uuid unless *keep_uuid*. Return None when somebody else has
        done it since *seen*.
        """
        new = seen.uuid if keep_uuid else str(uuid.uuid4())

        def write() -> Adoption | None:
            if self._session.execute(_SET_UUID, (new, seen.uuid)) != 1:
                return None
            for name in seen.meta:
                if name.startswith(PREFIXES):
                    self._session.execute(_FORGET, (name,))
            self._write(new, facts_of(seen.location))
            self.lift_copy_hold()
            what = "moved here" if keep_uuid else f"is a database of its own: {new}"
            note = LogRow(
                0, f"Adopted by {actor}: it {what}", LogEvent.NOTED, actor=actor
            )
            write_log(self._session, [note])
            note_activity_if_possible(
                self._session, actor, "adopt", jobs=0, subject=new, note=what
            )
            return Adoption(new, seen.uuid)

        return self._session.transact(write)

    def _write(self, uuid_seen: str, facts: Sequence[tuple[str, str]]) -> None:
        today = rows.as_text(self._session.rows(_NOW)[0]["now"])[:16]
        for name, text in facts:
            value = self._fit(f"{today} {text}")
            self._session.execute(_LEARN, (name, value, uuid_seen))

    def _forget_old_addresses(self) -> None:
        by_age = sorted(
            (value, name)
            for name, value in self.state().meta.items()
            if name.startswith(ADDRESS) and " from " in value
        )
        for _, name in by_age[:-MOST_ADDRESSES]:
            self._session.execute(_FORGET, (name,))

    def _fit(self, text: str) -> str:
        return self._session.fit(text[:255], "queued_job_meta.value")
