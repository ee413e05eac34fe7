"""Writing rows of `queued_job_log`: many in one statement, texts fitted to their
columns.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sq_console.model import LogEvent
from sq_console.store.json_param import json_param
from sq_console.store.protocols import Session

_MOST_MS = 2**31 - 1


class LogRow(NamedTuple):
    """A row to write; its time is the database's clock less *age_secs*."""

    job_id: int
    msg: str
    event: LogEvent
    attempt: int | None = None
    status_code: int | None = None
    duration_ms: int | None = None
    processor: str | None = None
    actor: str | None = None
    age_secs: float = 0.0


def write_log(session: Session, log: Sequence[LogRow]) -> None:
    """Insert *log* in order, with one statement."""
    if log:
        session.execute("{log}", (json_param([_as_json(session, row) for row in log]),))


def _as_json(session: Session, row: LogRow) -> dict[str, object]:
    """Keys that are absent become NULL."""
    made: dict[str, object] = {
        "job": row.job_id,
        "msg": session.fit(row.msg, "queued_job_log.msg"),
        "event": row.event.value,
    }
    if row.age_secs:
        made["age"] = row.age_secs
    if row.attempt is not None:
        made["attempt"] = row.attempt
    if row.status_code is not None:
        made["status"] = row.status_code
    if row.duration_ms is not None:
        made["duration"] = min(row.duration_ms, _MOST_MS)
    for key, name in (("processor", row.processor), ("actor", row.actor)):
        if name is not None:
            made[key] = session.fit(name[:255], "queued_job_log.actor")
    return made
