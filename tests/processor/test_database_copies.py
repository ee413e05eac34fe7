"""No processor calls the jobs of a copy, not even in its first second, until it is
adopted; a fail-over is no copy.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sq_console.config import DbSettings
from sq_console.errors import ProcessingRefused, StoreRefused
from sq_console.model import HOLD_ALL, JobState, ProcessorState
from sq_console.processor.events import (
    ProcessorPaused,
    ProcessorResumed,
    ProcessorStarted,
)
from sq_console.processor.status import Goal
from sq_console.rules.admission.copies import (
    ADDRESS,
    PREFIXES,
    SERVER,
    facts_of,
    judge,
)
from sq_console.store import Store, open_store
from sq_console.store.home.database_home import DatabaseHome
from sq_console.store.protocols import Params
from sq_console.store.schema import mysql_schema
from tests.database_copies import copy_of_file, copy_of_schema
from tests.handler import HandlerServer
from tests.processor.run_processor import EventRecorder, processing, run_until_empty
from tests.servers import Server
from tests.store.jobs import ACTOR, add
from tests.waiting import eventually
from tests.wrapped_session import WrappedSession

_ENTER = "INSERT INTO queued_job_meta (name, value) VALUES (%s, %s)"
_SET_UUID = "UPDATE queued_job_meta SET value = %s WHERE name = 'database_uuid'"
_FORGET = "DELETE FROM queued_job_meta WHERE name LIKE %s"


@pytest.fixture
def copy(
    request: pytest.FixtureRequest, store: Store, store_settings: DbSettings
) -> Iterator[DbSettings]:
    """A copy of a database that a processor has worked on, with one job due."""
    handler: HandlerServer = request.getfixturevalue("handler")
    run_until_empty(store_settings)
    add(store, url=handler.url("/ok"))
    if store_settings.engine == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        yield copy_of_file(store_settings, folder / "copy.sqlite")
        return
    product = "mariadb" if "MariaDB" in store.session.server else "mysql"
    server: Server = request.getfixturevalue(product)
    settings = server.create_database()
    yield copy_of_schema(server, store_settings.db, server, settings.db)
    server.drop_database(settings.db)


def test_nothing_of_a_copy_is_called_until_it_is_adopted(
    copy: DbSettings, store_settings: DbSettings, handler: HandlerServer
):
    recorder, copied = EventRecorder(), open_store(copy)
    with processing(copy, recorder=recorder) as thread:
        eventually(lambda: recorder.of(ProcessorStarted))
        status = thread.status()
        eventually(lambda: copied.reads.holds())
        thread.resume()  # no operator's resume removes it
        (row,) = eventually(copied.reads.processors)
        state = copied.home.state()
        with pytest.raises(StoreRefused, match="stays held: this is a copy"):
            copied.holds.lift(HOLD_ALL, ACTOR)
        calls_before = len(handler.requests)
        adoption = copied.home.adopt(state, ACTOR)
        eventually(lambda: recorder.of(ProcessorResumed))
        eventually(lambda: handler.requests)
        eventually(lambda: copied.reads.counts().succeeded == 1)
    copied.close()

    assert calls_before == 0
    assert (status.state, status.is_blocked) == (ProcessorState.PAUSED, True)
    assert "`sq-console adopt`" in (status.why_paused or "")
    assert row.state == "paused"
    assert adoption is not None
    (call,) = handler.requests
    assert adoption.uuid in call.headers["idempotency-key"]
    assert adoption.uuid_before == state.uuid != adoption.uuid


def test_the_original_goes_on_beside_its_copy(
    copy: DbSettings, store_settings: DbSettings, handler: HandlerServer
):
    with pytest.raises(ProcessingRefused, match="this is a copy"):
        run_and_raise(copy, Goal.ONCE)

    run_until_empty(store_settings)

    assert len(handler.requests) == 1
    with pytest.raises(ProcessingRefused, match="this is a copy"):
        run_and_raise(copy, Goal.UNTIL_EMPTY)
    assert len(handler.requests) == 1


def run_and_raise(db: DbSettings, goal: Goal) -> None:
    """Run a processor, and raise what has ended it."""
    with processing(db, goal=goal) as thread:
        assert thread.join(20)
        error, thread.error = thread.error, None
    assert error is not None
    raise error


def test_what_was_moved_keeps_its_idempotency_keys(
    copy: DbSettings, handler: HandlerServer
):
    copied = open_store(copy)
    state = copied.home.state()
    copied.home.adopt(state, ACTOR, keep_uuid=True)
    run_until_empty(copy)
    copied.close()

    (call,) = handler.requests
    assert state.uuid in call.headers["idempotency-key"]


def test_an_adoption_that_somebody_else_was_faster_with_is_none(
    store: Store, store_settings: DbSettings
):
    run_until_empty(store_settings)
    seen = store.home.state()

    assert store.home.adopt(seen, ACTOR)
    assert store.home.adopt(seen, ACTOR) is None


def test_an_operators_own_hold_stays(copy: DbSettings, handler: HandlerServer):
    copied, recorder = open_store(copy), EventRecorder()
    copied.holds.hold(HOLD_ALL, ACTOR, "migrated")
    with processing(copy, recorder=recorder):
        eventually(lambda: recorder.of(ProcessorPaused))
        copied.home.adopt(copied.home.state(), ACTOR)
        eventually(lambda: recorder.of(ProcessorResumed))
    (hold,) = copied.reads.holds()
    copied.close()

    assert (hold.who, hold.why) == (ACTOR, "migrated")
    assert handler.requests == []


def test_a_home_that_is_being_written_is_no_copy(
    store: Store, store_settings: DbSettings
) -> None:
    """Two processors start on a new database; one looks after each row of the other."""
    other = open_store(store_settings)
    seen: list[str] = []

    class Looked(WrappedSession):
        def execute(self, sql: str, params: Params = ()) -> int:
            changed = super().execute(sql, params)
            state = other.home.state()
            seen.append(judge(state.meta, elsewhere, trusted=False).copy_of)
            return changed

    here = store.home.state()
    elsewhere = replace(here.location, address="db-2.example.com:3306")

    assert DatabaseHome(Looked(store.session)).learn(here.uuid, facts_of(here.location))

    other.close()
    assert seen == [""] * len(facts_of(here.location))
    assert learned(store)


def forget(store: Store, kind: str) -> None:
    store.session.execute(_FORGET, (f"{kind}%",))


def learned(store: Store) -> set[str]:
    return {name for name in store.home.state().meta if name.startswith(PREFIXES)}


@pytest.mark.parametrize("kind", [SERVER, ADDRESS])
def test_a_server_or_an_address_that_is_new_is_learned(
    store: Store, store_settings: DbSettings, handler: HandlerServer, kind: str
):
    run_until_empty(store_settings)
    before = learned(store)
    forget(store, kind)
    add(store, url=handler.url("/ok"))

    run_until_empty(store_settings)

    assert learned(store) == before
    assert len(handler.requests) == 1


def appear_elsewhere(store: Store, uuid: str) -> None:
    """Have its home known at another server and another address only."""

    def write() -> None:
        forget(store, SERVER)
        forget(store, ADDRESS)
        for kind in (SERVER, ADDRESS):
            store.session.execute(_ENTER, (f"{kind}elsewhere", "2026-11-27 11:40 x"))
        store.session.execute(_SET_UUID, (uuid,))

    store.session.transact(write)


def test_nothing_is_learned_of_another_database(
    store: Store, store_settings: DbSettings
):
    """It was restored between the look and the learning."""
    seen = store.home.state()
    store.session.execute(_SET_UUID, ("of production",))

    assert store.home.learn(seen.uuid, facts_of(seen.location))
    assert learned(store) == set()
    assert store.home.learn("of production", facts_of(seen.location))
    assert len(learned(store)) == len(facts_of(seen.location))


def test_a_running_processor_goes_on_when_server_and_address_are_new(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    """As after a fail-over behind a private name."""
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder):
        eventually(lambda: recorder.of(ProcessorStarted))  # all is learned
        before = learned(store)
        appear_elsewhere(store, store.reads.database_uuid())
        eventually(lambda: before <= learned(store))
        add(store, url=handler.url("/ok"))
        eventually(lambda: store.reads.counts().succeeded == 1)

    assert recorder.of(ProcessorPaused) == []


def test_another_database_restored_under_a_running_processor_is_not_trusted(
    store: Store, store_settings: DbSettings, handler: HandlerServer
):
    """As in a staging that is restored from production every night."""
    recorder = EventRecorder()
    with processing(store_settings, recorder=recorder):
        eventually(lambda: recorder.of(ProcessorStarted))  # all is learned
        appear_elsewhere(store, "of production")
        eventually(lambda: recorder.of(ProcessorPaused))
        (job_id,) = add(store, url=handler.url("/ok"))
        eventually(lambda: store.reads.holds())

    assert store.reads.job(job_id).state is JobState.PENDING
    assert handler.requests == []


@pytest.mark.slow
@pytest.mark.parametrize("product", ["mariadb", "mysql"])
def test_a_dump_restored_on_another_server_is_a_copy(
    request: pytest.FixtureRequest, product: str
):
    server: Server = request.getfixturevalue(product)
    home = server.create_database()
    server.command(mysql_schema(), home.db)
    run_until_empty(home)
    other = Server(server.binary)
    try:
        other.command(f"CREATE DATABASE {home.db}")
        copy = copy_of_schema(server, home.db, other, home.db)
        with pytest.raises(ProcessingRefused, match="this is a copy"):
            run_and_raise(copy, Goal.ONCE)
        opened = open_store(copy)
        opened.home.adopt(opened.home.state(), ACTOR)
        opened.close()
        other.stop()
        other.start()
        run_until_empty(copy)
    finally:
        other.close()
    run_until_empty(home)
    server.drop_database(home.db)
