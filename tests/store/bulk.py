"""Short words for what the tests of bulk actions do all the time."""

from sq_console.model import (
    BulkRequest,
    BulkRow,
    BulkVerb,
    JobFilter,
    JobState,
    ResultCode,
)
from sq_console.store import Store
from tests.store.jobs import ACTOR, ME, add, claim, outcome

WORKER = "web1:7 1234"


def failed(store: Store, count: int, **fields: object) -> list[int]:
    """Jobs that have failed, with their ids; a processor is there."""
    ids = add(store, count, **fields)
    while claimed := claim(store):
        ended = [outcome(job, ResultCode.PERMANENT) for job in claimed]
        store.outcomes.record(ME, ended)
    return ids


def request(
    verb: BulkVerb = BulkVerb.RETRY,
    state: JobState | None = JobState.FAILED,
    host: str | None = None,
    **how: object,
) -> BulkRequest:
    return BulkRequest(verb, JobFilter(state, host), **how)  # type: ignore[arg-type]


def begin(store: Store, asked: BulkRequest) -> int:
    """Count and create; its id."""
    count = store.bulk.count(asked)
    return store.bulk.create(count.request, ACTOR, count.counted)


def work(store: Store, worker: str = WORKER, batches: int = 1_000) -> int:
    """Work until nothing is left; how many batches that took."""
    for done in range(batches):
        if not store.bulk.work_batch(worker):
            return done
    return batches


def shown(store: Store, bulk_id: int) -> BulkRow:
    row = store.bulk.show(bulk_id)
    assert row is not None
    return row


def states(store: Store, ids: list[int]) -> list[JobState]:
    return [store.reads.job(job_id).state for job_id in ids]
