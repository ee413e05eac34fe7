"""Short words for what the contract suite does all the time."""

from sq_console.model import (
    ClaimedJob,
    ClaimRequest,
    LogEvent,
    LogLine,
    NewJob,
    Outcome,
    ProcessorState,
    ResultCode,
)
from sq_console.store import Store

ME = 4_611_686_018_427_387_905
OTHER = 4_611_686_018_427_387_906
ACTOR = "alice@ops"


def enter(store: Store, processor_id: int = ME, name: str = "web1:7") -> None:
    store.processors.register(processor_id, name, 50, ProcessorState.RUNNING)


def add(store: Store, count: int = 1, **fields: object) -> list[int]:
    draft = {"http_method": "post", "url": "http://api.example.com/x", **fields}
    return store.actions.enqueue(NewJob(**draft), ACTOR, count)  # type: ignore[arg-type]


def claim(
    store: Store, limit: int = 50, processor_id: int = ME, **how: object
) -> list[ClaimedJob]:
    request = ClaimRequest(limit, **how)  # type: ignore[arg-type]
    return store.claims.claim(processor_id, request)


def outcome(
    job: ClaimedJob,
    result: ResultCode = ResultCode.SUCCEEDED,
    response: str | None = "ok",
    **fields: object,
) -> Outcome:
    event = {
        ResultCode.SUCCEEDED: LogEvent.SUCCEEDED,
        ResultCode.TEMPORARY: LogEvent.FAILED_TEMPORARILY,
        ResultCode.PERMANENT: LogEvent.FAILED,
        ResultCode.KILLED: LogEvent.KILLED,
    }[result]
    values: dict[str, object] = {
        "job_id": job.id,
        "attempt": job.attempt,
        "result": result,
        "status_code": 200 if result is ResultCode.SUCCEEDED else 503,
        "error": None if result is ResultCode.SUCCEEDED else "http 503",
        "response": response,
        "duration_ms": 12,
        "created_at": job.created_at,
        "log": (
            LogLine(LogEvent.CALLED, f"[JOBID {job.id}] Calling job"),
            LogLine(event, f"[JOBID {job.id}] {event}: {response}", 200, 12),
        ),
    }
    return Outcome(**(values | fields))  # type: ignore[arg-type]


def run_to(store: Store, result: ResultCode, **fields: object) -> int:
    """A job that was called once, with this result; its id."""
    (job_id,) = add(store, **fields)
    (job,) = [job for job in claim(store) if job.id == job_id]
    store.outcomes.record(ME, [outcome(job, result)])
    return job_id


def messages(store: Store, job_id: int) -> list[str]:
    return [entry.msg for entry in store.reads.job_log(job_id)]


def refuse_updates(
    store: Store, job_id: int | None, when: str = "OLD.claimed_by IS NOT NULL"
) -> None:
    """Once claimed, the job's row, or None's, cannot be changed, until DROP TRIGGER
    stubborn.
    """
    if job_id is not None:
        when = f"NEW.id = {job_id} AND {when}"
    rule = "CREATE TRIGGER stubborn BEFORE UPDATE ON queued_job"
    if store.session.server.startswith("SQLite"):
        what = f"WHEN {when} BEGIN SELECT RAISE(ABORT, 'not this one'); END"
        store.session.execute(f"{rule} FOR EACH ROW {what}")
    else:
        what = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'"
        store.session.execute(f"{rule} FOR EACH ROW IF {when} THEN {what}; END IF")
