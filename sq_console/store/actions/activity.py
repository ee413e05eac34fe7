"""Entering what an operator did into `queued_job_activity`: one row an action, in the
transaction of the action itself, so that neither is there without the other.
"""

from typing import Any

from sq_console.errors import RowRefused, StoreRefused
from sq_console.store.protocols import Session

_ENTER = """
INSERT INTO queued_job_activity (who, action, jobs, job_id, bulk_id, subject, note)
VALUES (%s, %s, %s, %s, %s, %s, %s)"""
_TEXT_CHARS = 255
_ACTION_CHARS = 20


def note_activity(
    session: Session,
    who: str,
    action: str,
    *,
    jobs: int = 1,
    job_id: int | None = None,
    bulk_id: int | None = None,
    subject: str = "",
    note: str = "",
) -> int:
    """Enter that *who* did *action*, a verb, to so many *jobs*; return the row's id.
    Raises only StoreError; the caller decides whether the action may stand without its
    row.
    """

    def fitted(text: str, column: str) -> str:
        shown = session.query_mask.in_text(text)[:_TEXT_CHARS]
        return session.fit(shown, f"queued_job_activity.{column}")

    return session.insert(
        _ENTER,
        (
            fitted(who, "who"),
            action[:_ACTION_CHARS],
            max(0, jobs),
            job_id,
            bulk_id,
            fitted(subject, "subject"),
            fitted(note, "note"),
        ),
    )


def note_activity_if_possible(
    session: Session, who: str, action: str, **about: Any
) -> str:
    """Enter an action that stands without its row; return what its result says of a row
    that was refused, "" when it is there. The log, or the row of the bulk action, names
    who did it.
    """
    try:
        note_activity(session, who, action, **about)
    except (StoreRefused, RowRefused) as why:
        return f", but the activity has no row of it: {why}"
    return ""
