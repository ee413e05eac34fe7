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


def _as_json(session: Session, row: LogRow) -> list[object]:
    """Return a row in the order of the columns in `{log}`."""
    return [
        row.job_id,
        session.fit(session.query_mask.in_text(row.msg), "queued_job_log.msg"),
        row.age_secs,
        row.attempt,
        row.event,
        row.status_code,
        None if row.duration_ms is None else min(row.duration_ms, _MOST_MS),
        _fit_name(session, row.processor),
        _fit_name(session, row.actor),
    ]


def _fit_name(session: Session, name: str | None) -> str | None:
    return None if name is None else session.fit(name[:255], "queued_job_log.actor")
