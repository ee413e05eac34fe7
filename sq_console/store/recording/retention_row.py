"""The row `retention` of `queued_job_meta`: who has the duty to prune, until when, and
what all processors must know of it. It is JSON; one that is not understood counts as
empty, and is overwritten.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sq_console.store import rows
from sq_console.store.protocols import Session

NAME = "retention"

_READ = "SELECT value, {now} AS now FROM queued_job_meta WHERE name = 'retention'"
_LOCK = """
SELECT value, {now} AS now FROM queued_job_meta WHERE name = 'retention' {lock}"""


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """The row's value; times as the database writes them, "" for none."""

    worker: str = ""
    until: str = ""
    """Until then the worker may be taken for alive."""
    rest_until: str = ""
    """Nothing is pruned before."""
    since: str = ""
    """When the pass under way began, whichever processors have worked on it."""
    stats_secs: float | None = None
    """For how long sums are kept; None: as without a setting."""

    def as_json(self) -> str:
        """Return the value of the row."""
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What was read."""

    row: RetentionRow
    value: str | None
    """As it stands; None: there is no row yet."""
    now: datetime


def read_row(session: Session, *, lock: bool = False) -> ReadRow | None:
    """Return the row and the database's time; None when there is no row."""
    found = session.rows(_LOCK if lock else _READ)
    if not found:
        return None
    now = rows.moment(found[0]["now"])
    if now is None:
        return None
    value = rows.as_text(found[0]["value"])
    return ReadRow(_parsed(value), value, now)


def _parsed(value: str) -> RetentionRow:
    try:
        found = json.loads(value)
        secs = found.get("stats_secs")
        return RetentionRow(
            worker=str(found["worker"]),
            until=str(found["until"]),
            rest_until=str(found["rest_until"]),
            since=str(found.get("since", "")),
            stats_secs=None if secs is None else float(secs),
        )
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return RetentionRow()


def secs_since(stamp: str, now: datetime) -> float:
    """Return the seconds from the time *stamp* of the row to *now*; 0 without one."""
    at = rows.moment(stamp) if stamp else None
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())


def is_ahead(stamp: str, now: datetime) -> bool:
    """Return whether the time *stamp* of the row is still to come."""
    at = rows.moment(stamp) if stamp else None
    return at is not None and at > now
