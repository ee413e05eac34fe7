"""Writing a `NewJob` into the table: as a new row, or over one never called.

A body is written as its bytes: what is given is what the column holds, and what is
sent. Other texts are converted to the character set of their column.
"""

from sq_console.errors import RowRefused
from sq_console.model import Job, NewJob
from sq_console.rules.drafts import EDITABLE
from sq_console.store.protocols import Session
from sq_console.store.rows import stamp, whole

_COLUMNS = tuple(name for name in EDITABLE if name != "body")
"""The columns whose values are parameters as they are."""
_INSERT = f"INSERT INTO queued_job ({', '.join(_COLUMNS)}, requeued_from, run_at, body)"
_VALUES = ", ".join(["%s"] * len((*_COLUMNS, "requeued_from")))
_NEW_VALUES = ", ".join(f"{name} = %s" for name in _COLUMNS)
_OVERWRITE = f"""
UPDATE queued_job
   SET {_NEW_VALUES}, created_at = created_at,
       last_started_at = last_started_at, last_finished_at = last_finished_at,
       kill_requested_at = kill_requested_at, run_at = """  # noqa: S608 - names only
# A time that must not change is assigned to itself: see `mysql.on_update_times`.
_FROM_JOB = "FROM queued_job WHERE id = %s"
_COPIED = ", ".join(name for name in EDITABLE if name != "remaining_retries")
_COPY = f"""
INSERT INTO queued_job ({_COPIED}, remaining_retries, requeued_from)
SELECT {_COPIED}, %s, id {_FROM_JOB}"""
_BODY_BYTES = f"SELECT {{body_length}} AS n {_FROM_JOB}"

_MOST_BYTES = "SELECT {most_bytes} AS n"
_LONG_BODY_BYTES = 500_000
"""Every server takes as much."""
_ESCAPED = (b"'", b'"', b"\\", b"\n", b"\r", b"\0", b"\x1a")
_REST_BYTES = 200_000
"""For the url and the headers of a statement."""


def insert_draft(session: Session, draft: NewJob) -> int:
    """Insert *draft*; its id. Raises RowRefused for what a column cannot hold."""
    _refuse_too_long(session, draft)
    when, params = _run_at(draft)
    return session.insert(
        f"{_INSERT} VALUES ({_VALUES}, {when}, {{as_body}})",
        (*_values(draft), None, *params, draft.body),
    )


def insert_edited(session: Session, old: Job, draft: NewJob) -> int:
    """Insert *draft*, made from *old*; its id. A body left as it is does not leave the
    database.
    """
    when, params = _run_at(draft)
    new_id = session.insert(
        f"{_INSERT} SELECT {_VALUES}, {when}, body {_FROM_JOB}",
        (*_values(draft), old.id, *params, old.id),
    )
    if draft.body != old.body:
        _write_body(session, new_id, draft)
    return new_id


def insert_copy(session: Session, job_id: int, retries: int) -> int:
    """Insert a job like *job_id*, due now and with *retries*; its id. Nothing of it
    leaves the database.
    """
    return session.insert(_COPY, (retries, job_id))


def overwrite(session: Session, old: Job, draft: NewJob) -> None:
    """Give job *old* the values of *draft*; its run_at stays unless one is given, and
    its body when that is the same.
    """
    if draft.body != old.body:
        _write_body(session, old.id, draft)
    if draft.run_at is None and draft.delay_secs <= 0:
        session.execute(f"{_OVERWRITE}run_at WHERE id = %s", (*_values(draft), old.id))
        return
    when, params = _run_at(draft)
    session.execute(
        f"{_OVERWRITE}{when} WHERE id = %s",
        (*_values(draft), *params, old.id),
    )


def _write_body(session: Session, job_id: int, draft: NewJob) -> None:
    _refuse_too_long(session, draft)
    statement = "UPDATE queued_job SET body = {as_body}, {keep_times} WHERE id = %s"
    session.execute(statement, (draft.body, job_id))
    refuse_changed(session, job_id, draft.body)


def refuse_changed(session: Session, job_id: int, body: bytes | None) -> None:
    """Raises RowRefused when job *job_id* has not got *body* as it is: a character set
    of two or four bytes each adds the zeros it lacks, and they would be sent.
    """
    if body is None:
        return
    found = session.rows(_BODY_BYTES, (job_id,))
    if whole(found[0]["n"]) != len(body):
        raise RowRefused(
            f"the column body cannot hold a body of {len(body):,} bytes as it is: its"
            " character set takes two or four bytes a character"
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
    return tuple(getattr(draft, name) for name in _COLUMNS)
