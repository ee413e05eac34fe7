"""What operators did, newest first: pages along the primary key, or along the key of
one person. Nothing is scanned, however long the trail is.
"""

from datetime import datetime

from sq_console.model import Activity
from sq_console.store import rows
from sq_console.store.protocols import Row, Session

_NEWEST = """
SELECT id, created_at, who, action, jobs, job_id, bulk_id, subject, note
  FROM queued_job_activity {use_primary}
 WHERE id < %s ORDER BY id DESC LIMIT %s"""
_NEWEST_OF = """
SELECT id, created_at, who, action, jobs, job_id, bulk_id, subject, note
  FROM queued_job_activity {use_activity_who}
 WHERE who = %s AND id < %s ORDER BY id DESC LIMIT %s"""
_NEXT_PERSON = """
SELECT who FROM queued_job_activity {use_activity_who}
 WHERE who > %s ORDER BY who LIMIT 1"""

_END = 2**63 - 1
_PAGE = 200
_MOST_PEOPLE = 100


class ActivityPages:
    """`queued_job_activity`, read over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(
        self, limit: int, who: str | None = None, before: int | None = None
    ) -> list[Activity]:
        """Return the last *limit* actions, newest first; only those of *who*, and only
        those entered before the one with the id *before*, where these are given.
        """
        end = _END if before is None else before
        if who is None:
            found = self._session.rows(_NEWEST, (end, limit))
        else:
            found = self._session.rows(_NEWEST_OF, (who, end, limit))
        return [_activity(row) for row in found]

    def since(
        self, moment: datetime, limit: int = 1_000, who: str | None = None
    ) -> list[Activity]:
        """Return the actions since *moment*, newest first, at most *limit* of them."""
        found: list[Activity] = []
        while len(found) < limit:
            size = min(_PAGE, limit - len(found))
            page = self.newest(size, who, found[-1].id if found else None)
            recent = [one for one in page if one.created_at and one.created_at > moment]
            found += recent
            if len(recent) < size:
                break
        return found

    def people(self) -> list[str]:
        """Return who has done anything, by name: the key is stepped from name to name.
        The first hundred, if they are more.
        """
        names: list[str] = []
        last = ""
        while len(names) < _MOST_PEOPLE:
            found = self._session.rows(_NEXT_PERSON, (last,))
            last = rows.as_text(found[0]["who"]) if found else ""
            if not found or last in names:
                break
            names.append(last)
        return names


def _activity(row: Row) -> Activity:
    return Activity(
        id=rows.whole(row["id"]),
        created_at=rows.moment(row["created_at"]),
        who=rows.as_text(row["who"]),
        action=rows.as_text(row["action"]),
        jobs=rows.whole(row["jobs"]),
        job_id=rows.whole_or_none(row["job_id"]),
        bulk_id=rows.whole_or_none(row["bulk_id"]),
        subject=rows.as_text(row["subject"]),
        note=rows.as_text(row["note"]),
    )
