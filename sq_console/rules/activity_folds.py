"""Folding what operators did: equal actions of one person in a row are one line. And
finding that person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sq_console.model import Activity

_APART = timedelta(minutes=10)
"""Equal actions further apart than this stay apart: each was decided by itself."""


@dataclass(frozen=True, slots=True)
class FoldedActivity:
    """One action, or several equal ones in a row, the newest first."""

    actions: tuple[Activity, ...]

    @property
    def last(self) -> Activity:
        """Return the newest of them."""
        return self.actions[0]

    @property
    def first(self) -> Activity:
        """Return the oldest of them."""
        return self.actions[-1]

    @property
    def jobs(self) -> int:
        """Return how many jobs they changed."""
        return sum(one.jobs for one in self.actions)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Return the hosts or processors they were about, each once."""
        named = (one.subject for one in self.actions if one.subject)
        return tuple(dict.fromkeys(named))

    @property
    def began_at(self) -> datetime | None:
        """Return when the oldest of them was done."""
        return self.first.created_at


def fold_activity(actions: Sequence[Activity]) -> list[FoldedActivity]:
    """Fold *actions*, which come newest first. A bulk action stands alone, and so does
    what was done with a note.
    """
    folds: list[list[Activity]] = []
    for one in actions:
        if folds and _is_one_more(folds[-1][-1], one):
            folds[-1].append(one)
        else:
            folds.append([one])
    return [FoldedActivity(tuple(fold)) for fold in folds]


def _is_one_more(newer: Activity, older: Activity) -> bool:
    if (newer.who, newer.action) != (older.who, older.action):
        return False
    if newer.bulk_id or older.bulk_id or newer.note != older.note:
        return False
    if newer.created_at is None or older.created_at is None:
        return True
    return newer.created_at - older.created_at <= _APART


ADDRESS = " via "
"""Behind it stands the address of an operator who came over SSH."""


def person_of(who: str) -> str:
    """Return user@host of an operator, whatever address he came from."""
    return who.partition(ADDRESS)[0]


def matching_person(people: Sequence[str], typed: str) -> str:
    """Return the one person whose name has *typed* in it. Raises ValueError."""
    wanted = typed.strip().lower()
    exact = [who for who in people if who.lower() == wanted]
    found = exact or [who for who in people if wanted in who.lower()]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"{typed}: nobody of that name has done anything")
    names = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
    raise ValueError(f"{typed}: which one? {names}")
