"""The jobs of a bulk action, page by page in the order of their list, as they are now.

A list narrows by a key; the rest is decided here for each job: whether it is older than
the moment at which the jobs were counted, whether the verb does anything to it, whether
it failed of the cause, whether the edit changes it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sq_console.model import (
    FINISHED,
    BulkRequest,
    BulkSample,
    BulkVerb,
    CauseKey,
    JobState,
    JobSummary,
    ResultCode,
)
from sq_console.rules.bulk_edit import EditedFields, edited
from sq_console.rules.causes import cause_key
from sq_console.rules.fingerprint import READ_CHARS
from sq_console.store import job_columns, rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.store.queries.job_pages import list_jobs
from sq_console.text.redact import redact_text

_ENDED = (JobState.FAILED, JobState.SET_ASIDE, JobState.KILLED, JobState.SUCCEEDED)
ACTS_ON = {
    BulkVerb.RETRY: frozenset({JobState.PENDING, *_ENDED}),
    BulkVerb.KILL: frozenset({JobState.PENDING, JobState.RUNNING}),
    BulkVerb.EDIT: frozenset({JobState.PENDING, *_ENDED}),
    BulkVerb.SET_ASIDE: frozenset({JobState.FAILED}),
    BulkVerb.RESUME: frozenset({JobState.PENDING}),
}
"""By verb: the states in which it does anything to a job."""
_BY_DEFAULT = {
    BulkVerb.RETRY: (JobState.FAILED,),
    BulkVerb.KILL: (JobState.PENDING, JobState.RUNNING),
    BulkVerb.EDIT: (JobState.FAILED, JobState.PENDING),
    BulkVerb.SET_ASIDE: (JobState.FAILED,),
    BulkVerb.RESUME: (JobState.PENDING,),
}
_SUMMARIES = """
SELECT {summary_columns} FROM queued_job AS j {use_primary} WHERE j.id IN """
_DETAILS = f"""
SELECT id, bulk_id, state, result_code, url, headers, host, last_error,
       last_status_code,
       SUBSTR(last_response, 1, {READ_CHARS}) AS last_response
  FROM queued_job {{use_primary}} WHERE id IN """  # noqa: S608 - a number only


@dataclass(frozen=True, slots=True)
class WalkPosition:
    """How far a walk has come: what the next batch needs to know."""

    state: int = 0
    """Which of the states."""
    after: str | None = None
    """Where its next page begins."""
    is_over: bool = False
    locked: tuple[int, ...] = ()
    """Jobs that somebody else had locked: met again at the end."""
    tries: int = 0
    """How often they were met again."""
    rest: int = 0
    """Jobs counted since it was stopped."""
    pulled_to: int = 0
    """The last id that was pulled back, or looked at for it."""

    def as_json(self) -> str:
        """Return it as the row keeps it."""
        return json.dumps(asdict(self))


def position_of(text: str | None) -> WalkPosition:
    """Return the position that was written; the beginning for None."""
    if not text:
        return WalkPosition()
    kept = json.loads(text)
    return WalkPosition(**{**kept, "locked": tuple(kept.get("locked", ()))})


def states_of(request: BulkRequest) -> tuple[JobState, ...]:
    """Return the states that are walked, one after the other."""
    if request.states:
        return request.states
    if request.wanted.state is not None:
        return (request.wanted.state,)
    return _BY_DEFAULT[request.verb]


def walk(
    session: Session,
    request: BulkRequest,
    position: WalkPosition,
    limit: int,
    bulk_id: int | None = None,
) -> tuple[tuple[JobSummary, ...], WalkPosition]:
    """Return the jobs of the next page that the action is about, without those that
    bulk action *bulk_id* has changed already, and where the page after it begins.
    """
    states = states_of(request)
    state = states[position.state]
    wanted = replace(request.wanted, state=state, max_id=None, as_of=None)
    # What freezes the filter is compared here: a search would read its window for each
    # page, and a job that was given its result by hand has no time of an end.
    page = list_jobs(session, wanted, limit, position.after)
    found = [job for job in page.jobs if job.state is wanted.state]
    chosen = _chosen(session, request, found, bulk_id)
    if page.next is not None:
        return chosen, replace(position, after=page.next)
    following = position.state + 1
    if following < len(states):
        return chosen, replace(position, state=following, after=None)
    return chosen, replace(position, is_over=True)


def walk_again(
    session: Session, request: BulkRequest, ids: Sequence[int], bulk_id: int
) -> tuple[JobSummary, ...]:
    """Return those of *ids* that the action is still about."""
    found = session.rows(f"{_SUMMARIES}{in_list(ids)}", ids)
    jobs = [job_columns.summary(row) for row in found]
    states = states_of(request)
    same = [job for job in jobs if job.state in states]
    return _chosen(session, request, same, bulk_id)


def edit_samples(
    session: Session, request: BulkRequest, limit: int
) -> tuple[BulkSample, ...]:
    """Return the jobs of the first page as the edit would change them."""
    jobs, _ = walk(session, request, WalkPosition(), limit)
    if not jobs or request.arguments is None:
        return ()
    ids = [job.id for job in jobs]
    found = session.rows(f"{_DETAILS}{in_list(ids)}", ids)
    made = []
    for row in found:
        before = fields_of(row)
        after = edited(request.arguments, before)
        made.append(
            BulkSample(
                rows.whole(row["id"]),
                before.url,
                before.headers,
                after.url,
                after.headers,
            )
        )
    return tuple(made)


def _chosen(
    session: Session,
    request: BulkRequest,
    jobs: Sequence[JobSummary],
    bulk_id: int | None,
) -> tuple[JobSummary, ...]:
    possible = [job for job in jobs if _is_frozen_in(request, job)]
    needs_details = request.cause or request.arguments or bulk_id is not None
    if not possible or not needs_details:
        return tuple(possible)
    ids = [job.id for job in possible]
    details = {
        rows.whole(row["id"]): row
        for row in session.rows(f"{_DETAILS}{in_list(ids)}", ids)
    }
    return tuple(
        job
        for job in possible
        if job.id in details and _is_meant(request, details[job.id], bulk_id)
    )


def _is_frozen_in(request: BulkRequest, job: JobSummary) -> bool:
    """Return whether the job was there, and had ended, at the moment of the count."""
    if job.state not in ACTS_ON[request.verb]:
        return False
    max_id, as_of = request.wanted.max_id, request.wanted.as_of
    if max_id is not None and job.id > max_id:
        return False
    at = job.last_finished_at if job.state in FINISHED else job.created_at
    return as_of is None or at is None or at <= as_of


def _is_meant(request: BulkRequest, row: Row, bulk_id: int | None) -> bool:
    if bulk_id is not None and rows.whole_or_none(row["bulk_id"]) == bulk_id:
        return False
    if request.cause is not None and not _has_cause(request.cause, row):
        return False
    if request.arguments is None:
        return True
    before = fields_of(row)
    return edited(request.arguments, before) != before


def _has_cause(cause: CauseKey, row: Row) -> bool:
    """A pending job that waits for no retry was retried by an operator: its failure is
    behind it.
    """
    is_pending = rows.as_text(row["state"]) == JobState.PENDING
    if is_pending and rows.whole(row["result_code"]) != ResultCode.TEMPORARY:
        return False
    return cause == cause_of(row)


def cause_of(row: Row) -> CauseKey:
    """Return the key of the cause that a row of `_DETAILS` failed of."""
    return cause_key(
        rows.as_text(row["host"]),
        rows.as_text(row["url"]),
        rows.text_or_none(row["last_error"]),
        rows.whole_or_none(row["last_status_code"]),
        rows.text_or_none(row["last_response"]),
        redact_text,
    )


def fields_of(row: Row) -> EditedFields:
    """Return what an edit may change in a row."""
    return EditedFields(rows.as_text(row["url"]), rows.text_or_none(row["headers"]))
