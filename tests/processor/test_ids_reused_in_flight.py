"""Under a call that is in flight its job's row is thrown away, and another job gets its
id; or its row is set back. No answer goes to the wrong one, and nothing breaks.
"""

import pytest

from sq_console.config import DbSettings
from sq_console.model import JobState
from sq_console.processor.events import OutcomeLost
from sq_console.processor.status import Goal
from sq_console.store import Store
from tests.handler import HandlerServer
from tests.processor.run_processor import EventRecorder, processing
from tests.store.jobs import add
from tests.waiting import eventually

NEW = """
INSERT INTO queued_job (id, http_method, url) VALUES (1, 'post', %s)"""


def start_over(store: Store, url: str) -> None:
    """The table is emptied, and job 1 is another."""
    if store.session.server.startswith("SQLite"):
        store.session.execute("DELETE FROM queued_job")
    else:
        store.session.execute("TRUNCATE TABLE queued_job")
    store.session.execute(NEW, (url,))


@pytest.mark.parametrize("new_ends_first", [True, False])
def test_a_new_job_with_the_id_of_one_in_flight_gets_its_own_answer(
    store: Store,
    store_settings: DbSettings,
    handler: HandlerServer,
    new_ends_first: bool,
) -> None:
    add(store, url=handler.url("/held"))
    recorder = EventRecorder()
    with processing(store_settings, goal=Goal.SERVE, recorder=recorder):
        eventually(lambda: len(handler.requests) == 1)
        path = "/answer?status=404&text=mine" if new_ends_first else "/slow?secs=0.4"
        start_over(store, handler.url(path))
        eventually(lambda: len(handler.requests) == 2)
        if new_ends_first:
            eventually(lambda: store.reads.job(1).state is JobState.FAILED)
        handler.answer_held()
        eventually(lambda: len(recorder.of(OutcomeLost)) == 1)
        eventually(lambda: store.reads.job(1).result_code is not None)
    job = store.reads.job(1)

    assert job.last_response == ("mine" if new_ends_first else "slow")
    assert job.attempts == 1
    assert len(handler.requests) == 2
    old, new = (request.headers["idempotency-key"] for request in handler.requests)
    assert old != new


def test_a_row_that_is_set_back_under_its_call_is_called_anew(
    store: Store, store_settings: DbSettings, handler: HandlerServer
) -> None:
    add(store, url=handler.url("/held"))
    recorder = EventRecorder()
    with processing(store_settings, goal=Goal.SERVE, recorder=recorder):
        eventually(lambda: len(handler.requests) == 1)
        store.session.execute(
            "UPDATE queued_job SET attempts = 0, claimed_by = NULL, url = %s",
            (handler.url("/answer?status=404&text=second"),),
        )
        eventually(lambda: store.reads.job(1).state is JobState.FAILED)
        handler.answer_held()
        eventually(lambda: len(recorder.of(OutcomeLost)) == 1)
    job = store.reads.job(1)

    assert (job.last_response, job.attempts) == ("second", 1)
    assert len(handler.requests) == 2
    first, second = (request.headers["idempotency-key"] for request in handler.requests)
    assert first == second


def test_attempts_set_back_while_it_runs_cost_a_call_and_nothing_else(
    store: Store, store_settings: DbSettings, handler: HandlerServer
) -> None:
    add(store, url=handler.url("/held"))
    with processing(store_settings, goal=Goal.SERVE):
        eventually(lambda: len(handler.requests) == 1)
        store.session.execute("UPDATE queued_job SET attempts = 0")
        handler.answer_held()
        eventually(lambda: store.reads.job(1).state is JobState.SUCCEEDED)

    assert len(handler.requests) == 2
