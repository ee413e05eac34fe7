"""What operators ask of processors: run, pause or drain. Each request is a row of the
log, about no job, and one of the activity.
"""

from sq_console.model import LogEvent, ProcessorResult, ProcessorRow, Wanted
from sq_console.store import rows
from sq_console.store.actions.activity import note_activity_if_possible
from sq_console.store.log_rows import LogRow, write_log
from sq_console.store.protocols import Session

_PROCESSORS = "SELECT id, name FROM queued_job_processor ORDER BY name"
_WANTED = "SELECT name, wanted FROM queued_job_processor WHERE id = %s {lock}"
_WANT = """
UPDATE queued_job_processor
   SET wanted = %s, started_at = started_at, heartbeat_at = heartbeat_at
 WHERE id = %s"""
# A time that must not change is assigned to itself: see `mysql.on_update_times`.

ASKED = {Wanted.RUN: "resume", Wanted.PAUSE: "pause", Wanted.DRAIN: "drain"}
"""The verb for what is wanted."""


def want_of_processors(
    session: Session, processor_id: int | None, wanted: Wanted, actor: str
) -> list[str]:
    """Ask processor *processor_id* (None: all) for *wanted*; return the names of those
    asked.
    """

    def want_each() -> list[str]:
        asked = []
        for row in session.rows(_PROCESSORS):
            if processor_id in (None, rows.whole(row["id"])):
                name = rows.as_text(row["name"])
                _ask(session, rows.whole(row["id"]), name, wanted, actor)
                asked.append(name)
        return asked

    return session.transact(want_each)


def want_as_seen(
    session: Session, seen: ProcessorRow, wanted: Wanted, actor: str
) -> ProcessorResult:
    """Ask the processor for *wanted*, unless somebody has asked it for something since
    it was displayed as *seen*.
    """

    def compare_and_ask() -> ProcessorResult:
        found = session.rows(_WANTED, (seen.id,))
        if not found:
            return ProcessorResult(seen.id, False, "it is gone: it ended or is lost")
        now = rows.as_text(found[0]["wanted"])
        if now != seen.wanted:
            return ProcessorResult(
                seen.id, False, f"changed since you looked: it was asked to {now}"
            )
        if now == Wanted.DRAIN:
            return ProcessorResult(
                seen.id, False, "refused: it drains, and ends after that"
            )
        name = rows.as_text(found[0]["name"])
        missing = _ask(session, seen.id, name, wanted, actor)
        return ProcessorResult(seen.id, True, f"asked to {ASKED[wanted]}{missing}")

    return session.transact(compare_and_ask)


def _ask(
    session: Session, processor_id: int, name: str, wanted: Wanted, actor: str
) -> str:
    """Ask it; return what is to be said of an activity that refused the row."""
    session.execute(_WANT, (wanted.value, processor_id))
    msg = f"Processor {name} asked to {ASKED[wanted]} by {actor}"
    write_log(session, [LogRow(0, msg, LogEvent.NOTED, actor=actor)])
    return note_activity_if_possible(
        session, actor, ASKED[wanted], jobs=0, subject=name
    )
