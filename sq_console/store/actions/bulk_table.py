"""`queued_job_bulk`: bulk actions are counted, created, listed, stopped, pulled back,
and worked on.
"""

from dataclasses import replace
from datetime import UTC, datetime

from sq_console.model import (
    PULLED_VERBS,
    ActionResult,
    BulkCount,
    BulkRequest,
    BulkRow,
    BulkSample,
    BulkState,
)
from sq_console.store import rows
from sq_console.store.actions.activity import (
    note_activity,
    note_activity_if_possible,
)
from sq_console.store.actions.bulk_batches import COUNT_BATCH, BulkBatches
from sq_console.store.actions.bulk_json import arguments_text, wanted_text
from sq_console.store.actions.bulk_rows import BULK_COLUMNS, bulk_row
from sq_console.store.actions.bulk_walk import (
    edit_samples,
    position_of,
    states_of,
    walk,
)
from sq_console.store.protocols import Row, Session

_PULLED_STATES = tuple(state for state in BulkState if state is not BulkState.PULLING)
"""Also one that failed may have made jobs due before."""

_MOMENT = "SELECT {now} AS now, MAX(id) AS id FROM queued_job"
_CREATE = """
INSERT INTO queued_job_bulk
  (verb, who, why, wanted, arguments, per_second, max_id, counted)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""
_LS = f"""
SELECT {BULK_COLUMNS} FROM queued_job_bulk
 ORDER BY id DESC LIMIT %s"""  # noqa: S608 - names only
_SHOW = f"""
SELECT {BULK_COLUMNS} FROM queued_job_bulk WHERE id = %s"""  # noqa: S608 - names only
_RUNNING = f"""
SELECT {BULK_COLUMNS} FROM queued_job_bulk {{use_bulk_state}}
 WHERE state = %s ORDER BY id LIMIT 20"""  # noqa: S608 - names only
_STOP = """
UPDATE queued_job_bulk
   SET state = 'stopped', stopped_by = %s, ended_at = {now}, worker = NULL,
       lease_until = NULL
 WHERE id = %s AND state = 'running'"""
_PULL_BACK = """
UPDATE queued_job_bulk
   SET state = 'pulling', stopped_by = %s, worker = NULL, lease_until = NULL
 WHERE id = %s AND state = %s"""


class BulkTable:
    """Bulk actions over one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._batches = BulkBatches(session)

    def freeze(self, request: BulkRequest) -> BulkCount:
        """Begin to count: what is made, or ends, from now on is not among the jobs."""
        found = self._session.rows(_MOMENT)[0]
        now = rows.moment(found["now"]) or datetime.now(UTC)
        frozen = replace(
            request,
            wanted=request.wanted.frozen(now, rows.whole(found["id"])),
            states=states_of(request),
        )
        return BulkCount(frozen)

    def count_on(self, count: BulkCount) -> BulkCount:
        """Count one page more: a console does other things in between."""
        position = position_of(count.position)
        jobs, position = walk(self._session, count.request, position, COUNT_BATCH)
        return BulkCount(
            count.request,
            count.counted + len(jobs),
            position.as_json(),
            is_complete=position.is_over,
        )

    def count(self, request: BulkRequest) -> BulkCount:
        """Count all, page by page."""
        count = self.freeze(request)
        while not count.is_complete:
            count = self.count_on(count)
        return count

    def samples(self, request: BulkRequest, most: int = 3) -> tuple[BulkSample, ...]:
        """Return some of the jobs of an edit as it would change them, out of the first
        page of them.
        """
        return edit_samples(self._session, request, COUNT_BATCH)[:most]

    def create(self, request: BulkRequest, who: str, counted: int) -> int:
        """Enter a bulk action on the jobs that were counted; return its id. *request*
        is the frozen one of the count.
        """

        def enter() -> int:
            bulk_id = self._session.insert(_CREATE, self._values(request, who, counted))
            note_activity(
                self._session,
                who,
                request.verb.value,
                jobs=counted,
                bulk_id=bulk_id,
                subject=_subject(request),
                note=request.why,
            )
            return bulk_id

        return self._session.transact(enter)

    def _values(
        self, request: BulkRequest, who: str, counted: int
    ) -> tuple[object, ...]:
        fit = self._session.fit
        return (
            request.verb.value,
            fit(who[:255], "queued_job_bulk.who"),
            fit(request.why[:255], "queued_job_bulk.why"),
            wanted_text(request),
            arguments_text(request),
            request.per_second,
            request.wanted.max_id or 0,
            counted,
        )

    def ls(self, limit: int = 100) -> list[BulkRow]:
        """Return bulk actions, the newest first."""
        return _understood(self._session.rows(_LS, (limit,)))

    def show(self, bulk_id: int) -> BulkRow | None:
        """Return one; None when there is none of this id."""
        found = _understood(self._session.rows(_SHOW, (bulk_id,)))
        return found[0] if found else None

    def running(self) -> tuple[BulkRow, ...]:
        """Return those that somebody has to go on with."""
        states = (BulkState.RUNNING, BulkState.PULLING)
        return tuple(
            row
            for state in states
            for row in _understood(self._session.rows(_RUNNING, (state.value,)))
        )

    def stop(self, bulk_id: int, who: str) -> ActionResult:
        """Begin no further batch; a worker counts what was not begun."""

        def stop_and_note() -> ActionResult:
            fitted = self._session.fit(who[:255], "queued_job_bulk.stopped_by")
            if not self._session.execute(_STOP, (fitted, bulk_id)):
                what = "cannot be stopped; a pull back takes back what was not called"
                return self._refused(bulk_id, what)
            missing = note_activity_if_possible(
                self._session, who, "stop", jobs=0, bulk_id=bulk_id
            )
            return ActionResult(bulk_id, True, f"stopped{missing}")

        return self._session.transact(stop_and_note)

    def pull_back(self, bulk_id: int, who: str) -> ActionResult:
        """Stop it, and take back those of its retries that were not called yet; a
        worker does that.
        """
        found = self.show(bulk_id)
        if found is None:
            return ActionResult(bulk_id, False, "no such bulk action")
        if found.request.verb not in PULLED_VERBS:
            verb = found.request.verb.value.replace("_", " ")
            return ActionResult(bulk_id, False, f"refused: {verb} is not pulled back")

        def pull_and_note() -> ActionResult:
            fitted = self._session.fit(who[:255], "queued_job_bulk.stopped_by")
            for state in _PULLED_STATES:
                params = (fitted, bulk_id, state.value)
                if self._session.execute(_PULL_BACK, params):
                    missing = note_activity_if_possible(
                        self._session, who, "pull back", jobs=0, bulk_id=bulk_id
                    )
                    return ActionResult(bulk_id, True, f"being pulled back{missing}")
            return self._refused(bulk_id, "cannot be pulled back")

        return self._session.transact(pull_and_note)

    def work_batch(self, worker: str) -> bool:
        """Work on a batch of some bulk action in the name of *worker*; return whether
        there was one.
        """
        return self._batches.work(worker)

    def _refused(self, bulk_id: int, what: str) -> ActionResult:
        found = self.show(bulk_id)
        if found is None:
            return ActionResult(bulk_id, False, "no such bulk action")
        return ActionResult(bulk_id, False, f"refused: {found.state.value}, it {what}")


def _understood(found: list[Row]) -> list[BulkRow]:
    """Rows of another version that this one does not understand are left out."""
    made = []
    for row in found:
        try:
            made.append(bulk_row(row))
        except (ValueError, TypeError, LookupError, RecursionError):
            continue
    return made


def _subject(request: BulkRequest) -> str:
    return (request.cause.host if request.cause else request.wanted.host) or ""
