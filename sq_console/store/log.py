"""Writing rows of `queued_job_log`: many in one statement, texts fitted to their
columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import LogEvent
from sq_console.store.base import Session

_LOG = """
INSERT INTO queued_job_log
  (job_id, msg, created_at, attempt, event, status_code, duration_ms, processor, actor)
VALUES """
_VALUES = "(%s, %s, {whole_secs_ago}, %s, %s, %s, %s, %s, %s)"
_MOST_MS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row to be written; its time is the database's now, less *age_secs*."""

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
    if not log:
        return
    params: list[object] = []
    for row in log:
        params += _params(session, row)
    session.run(_LOG + ", ".join([_VALUES] * len(log)), params)


def _params(session: Session, row: LogRow) -> tuple[object, ...]:
    return (
        row.job_id,
        session.fit(row.msg, "queued_job_log.msg"),
        row.age_secs,
        row.attempt,
        row.event.value,
        row.status_code,
        None if row.duration_ms is None else min(row.duration_ms, _MOST_MS),
        _name(session, row.processor),
        _name(session, row.actor),
    )


def _name(session: Session, name: str | None) -> str | None:
    return None if name is None else session.fit(name[:255], "queued_job_log.actor")
