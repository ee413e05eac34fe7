"""Jobs brought into each state the way a processor does it."""

from sq_console.model import (
    ClaimRequest,
    Job,
    LogEvent,
    LogLine,
    NewJob,
    Outcome,
    ProcessorState,
    ResultCode,
    Sums,
)
from sq_console.store import Store
from sq_console.text.log_messages import calling, failed_permanently, succeeded

PROCESSOR = 4711


def claimed(queue: Store, job: Job) -> Job:
    """*job*, running."""
    if not queue.processors.beat(PROCESSOR, 1, ProcessorState.RUNNING):
        queue.processors.register(PROCESSOR, "web2:4711", 10, ProcessorState.RUNNING)
    taken = queue.claims.claim(PROCESSOR, ClaimRequest(limit=100))
    assert job.id in [claim.id for claim in taken]
    return queue.reads.job(job.id)


def ended(queue: Store, job: Job, *, status_code: int, response: str) -> Job:
    """*job*, called once and answered."""
    claimed(queue, job)
    mine = {
        claim.job_id: claim
        for claim in queue.claims.held_by(PROCESSOR, await_commits=True)
    }
    good = status_code == 200
    words = succeeded if good else failed_permanently
    start = calling(job.id, job.http_method, job.url, job.timeout_secs)
    event = LogEvent.SUCCEEDED if good else LogEvent.FAILED
    outcome = Outcome(
        job_id=job.id,
        attempt=mine[job.id].attempt,
        created_at=mine[job.id].created_at,
        result=ResultCode.SUCCEEDED if good else ResultCode.PERMANENT,
        status_code=status_code,
        error=None if good else f"http {status_code}",
        response=response,
        duration_ms=12,
        log=(
            LogLine(LogEvent.CALLED, start),
            LogLine(event, words(job.id, response), status_code, 12),
        ),
    )
    assert queue.outcomes.record(PROCESSOR, [outcome]).recorded
    queue.stats.add(PROCESSOR, Sums().with_one(outcome.result, 12))
    return queue.reads.job(job.id)


def enqueued(queue: Store, url: str = "http://a.example.com/") -> Job:
    """A job, pending."""
    job_id = queue.actions.enqueue(NewJob("post", url), "test@here")[0]
    return queue.reads.job(job_id)


def failed(queue: Store, url: str = "http://a.example.com/") -> Job:
    """A job that has failed with 500."""
    return ended(queue, enqueued(queue, url), status_code=500, response="oh no")
