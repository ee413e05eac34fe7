"""Somebody migrates under a running processor: it drains, and says what it found."""

import pytest

from sq_console.config import DbSettings
from sq_console.errors import SchemaMismatch
from sq_console.model import SCHEMA_VERSION, JobState, ProcessorState
from sq_console.processor.status import Goal
from sq_console.store import Store
from tests.handler import HandlerServer
from tests.processor.run_processor import processing
from tests.store.jobs import add
from tests.waiting import eventually

_SET_VERSION = "UPDATE queued_job_meta SET value = %s WHERE name = 'schema_version'"


def set_version(store: Store, version: int) -> None:
    store.session.execute(_SET_VERSION, (str(version),))


@pytest.mark.parametrize("goal", [Goal.SERVE, Goal.UNTIL_EMPTY])
def test_a_processor_drains_when_the_schema_becomes_newer(
    store: Store, store_settings: DbSettings, handler: HandlerServer, goal: Goal
):
    (called,) = add(store, url=handler.url("/held"))
    with processing(store_settings, goal=goal) as thread:
        eventually(lambda: handler.calls[called])
        set_version(store, SCHEMA_VERSION + 1)
        eventually(lambda: thread.status().state is ProcessorState.DRAINING)
        (left,) = add(store, url=handler.url("/ok"))
        handler.answer_held()
        assert thread.join(20)
        error, thread.error = thread.error, None

    assert isinstance(error, SchemaMismatch)
    assert error.exit_code == 2
    assert "install a newer one" in str(error)
    assert store.reads.job(called).state is JobState.SUCCEEDED
    assert store.reads.job(left).state is JobState.PENDING
    assert not handler.calls[left]
    assert store.reads.processors() == []
