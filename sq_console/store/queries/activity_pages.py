"""What operators did, newest first: pages along the primary key, or along the key of
one person. Nothing is scanned, however long the trail is.

A person has a name for each address that he came from over SSH: `anna@ops via 10.0.0.5`
and `anna@ops via 10.0.0.9` are one.
"""

from datetime import datetime
from heapq import merge
from itertools import islice
from operator import attrgetter

from sq_console.model import Activity
from sq_console.rules.activity_folds import ADDRESS, person_of
from sq_console.store import rows
from sq_console.store.protocols import Params, Row, Session

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
_MOST_ADDRESSES = 50
_AFTER_ALL = "\U0010ffff"


class ActivityPages:
    """`queued_job_activity`, read over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(
        self, limit: int, who: str | None = None, before: int | None = None
    ) -> list[Activity]:
        """Return the last *limit* actions, newest first; only those of the person
        *who*, and only those entered before the one with the id *before*, where these
        are given.
        """
        end = _END if before is None else before
        if who is None:
            return self._read(_NEWEST, (end, limit))
        each = [
            self._read(_NEWEST_OF, (name, end, limit))
            for name in self._names(person_of(who))
        ]
        newest_first = merge(*each, key=attrgetter("id"), reverse=True)
        return list(islice(newest_first, limit))

    def _read(self, statement: str, params: Params) -> list[Activity]:
        return [_activity(row) for row in self._session.rows(statement, params)]

    def _names(self, person: str) -> list[str]:
        """Return the names of a person: the bare one, and those with an address."""
        names, start = [person], f"{person}{ADDRESS}"
        last = start
        while len(names) <= _MOST_ADDRESSES and (last := self._name_after(last)):
            if last in names or not last.lower().startswith(start.lower()):
                break
            names.append(last)
        return names

    def _name_after(self, name: str) -> str:
        """Return the next name there is; "" without one."""
        found = self._session.rows(_NEXT_PERSON, (name,))
        return rows.as_text(found[0]["who"]) if found else ""

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
        """Return who has done anything, by name: the key is stepped from person to
        person. The first hundred, if they are more.
        """
        people: list[str] = []
        after = ""
        while len(people) < _MOST_PEOPLE and (name := self._name_after(after)):
            if (person := person_of(name)) in people:
                break
            people.append(person)
            after = f"{person}{ADDRESS}{_AFTER_ALL}"
        return people


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
