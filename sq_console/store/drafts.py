"""Writing a `NewJob` into the table: as a new row, or over one never called."""

from sq_console.errors import RowRefused
from sq_console.model import NewJob
from sq_console.store.base import Session
from sq_console.store.rows import stamp, whole

_INSERT = """
INSERT INTO queued_job (http_method, url, body, headers, timeout_secs,
  remaining_retries, retry_delay_secs, priority, organization_id, requeued_from, run_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, """
_OVERWRITE = """
UPDATE queued_job
   SET http_method = %s, url = %s, body = %s, headers = %s, timeout_secs = %s,
       remaining_retries = %s, retry_delay_secs = %s, priority = %s,
       organization_id = %s"""

_MOST_BYTES = "SELECT {most_bytes} AS n"
_LONG_BODY_BYTES = 500_000
"""Every server takes as much."""
_ESCAPED = (b"'", b'"', b"\\", b"\n", b"\r", b"\0", b"\x1a")
_REST_BYTES = 200_000
"""For the url and the headers of a statement."""


def insert_draft(
    session: Session, draft: NewJob, requeued_from: int | None = None
) -> int:
    """Insert *draft*; its id. Raises RowRefused for what a column cannot hold."""
    _refuse_too_long(session, draft)
    when, params = _run_at(draft)
    return session.insert(
        f"{_INSERT}{when})", (*_values(draft), requeued_from, *params)
    )


def overwrite(session: Session, job_id: int, draft: NewJob) -> None:
    """Give job *job_id* the values of *draft*; its run_at stays unless one is given."""
    _refuse_too_long(session, draft)
    if draft.run_at is None and draft.delay_secs <= 0:
        session.run(f"{_OVERWRITE} WHERE id = %s", (*_values(draft), job_id))
        return
    when, params = _run_at(draft)
    session.run(
        f"{_OVERWRITE}, run_at = {when} WHERE id = %s",
        (*_values(draft), *params, job_id),
    )


def _refuse_too_long(session: Session, draft: NewJob) -> None:
    """Of a statement longer than it takes a server says nothing: it hangs up."""
    body = draft.body or b""
    if len(body) < _LONG_BODY_BYTES:
        return
    most = whole(session.rows(_MOST_BYTES)[0]["n"])
    if len(body) + sum(map(body.count, _ESCAPED)) + _REST_BYTES > most:
        raise RowRefused(
            f"a body of {len(body):,} bytes is too long for this server: its"
            f" max_allowed_packet is {most:,}"
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
