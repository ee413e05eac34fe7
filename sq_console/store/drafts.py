"""Writing a `NewJob` into the table: as a new row, or over one never called."""

from sq_console.model import NewJob
from sq_console.store.base import Session
from sq_console.store.rows import stamp

_INSERT = """
INSERT INTO queued_job (http_method, url, body, headers, timeout_secs,
  remaining_retries, retry_delay_secs, priority, organization_id, requeued_from, run_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, """
_OVERWRITE = """
UPDATE queued_job
   SET http_method = %s, url = %s, body = %s, headers = %s, timeout_secs = %s,
       remaining_retries = %s, retry_delay_secs = %s, priority = %s,
       organization_id = %s"""


def insert_draft(
    session: Session, draft: NewJob, requeued_from: int | None = None
) -> int:
    """Insert *draft*; its id. Raises RowRefused for what a column cannot hold."""
    when, params = _run_at(draft)
    return session.insert(
        f"{_INSERT}{when})", (*_values(draft), requeued_from, *params)
    )


def overwrite(session: Session, job_id: int, draft: NewJob) -> None:
    """Give job *job_id* the values of *draft*; its run_at stays unless one is given."""
    if draft.run_at is None and draft.delay_secs <= 0:
        session.run(f"{_OVERWRITE} WHERE id = %s", (*_values(draft), job_id))
        return
    when, params = _run_at(draft)
    session.run(
        f"{_OVERWRITE}, run_at = {when} WHERE id = %s",
        (*_values(draft), *params, job_id),
    )


def _run_at(draft: NewJob) -> tuple[str, tuple[object, ...]]:
    if draft.run_at is not None:
        return "%s", (stamp(draft.run_at),)
    if draft.delay_secs > 0:
        return "{secs_ahead}", (min(draft.delay_secs, 400_000_000),)
    return "{now}", ()


def _values(draft: NewJob) -> tuple[object, ...]:
    return (
        draft.http_method,
        draft.url,
        _body(draft.body),
        draft.headers,
        draft.timeout_secs,
        draft.remaining_retries,
        draft.retry_delay_secs,
        draft.priority,
        draft.organization_id,
    )


def _body(body: bytes | None) -> str | bytes | None:
    """As text, so that the server converts it to the column's character set; bytes
    that are no text go as they are."""
    if body is None:
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
