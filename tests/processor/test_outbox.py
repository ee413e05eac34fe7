"""Outcomes wait for a database that is away; whether a COMMIT without an answer came
through is found out by trying again.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.errors import StoreUnavailable
from sq_console.model import Claim, Outcome, RecordReport, ResultCode
from sq_console.processor import store_health
from sq_console.processor.events import (
    Event,
    OutcomeLost,
    OutcomeRecorded,
    OutcomeStuck,
    StoreLost,
    StoreRegained,
    ignore,
)
from sq_console.processor.pipeline.outbox import (
    BATCH,
    MAX_CHARS,
    MAX_REFUSED,
    MAX_UNRECORDED,
    Outbox,
)
from sq_console.processor.pipeline.stats_writer import StatsWriter
from sq_console.processor.registration import Registration
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.rules.backoff import Backoff
from tests.waiting import eventually_async

ME = 7


def outcome(job_id: int, response: str = "ok") -> Outcome:
    return Outcome(job_id, 1, ResultCode.SUCCEEDED, 200, None, response, 12, ())


@dataclass
class Database:
    """The lane and what it leads to."""

    away: bool = False
    answers: bool = True
    """False: statements are executed, and the connection breaks before it answers."""
    written: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    tries: int = 0
    refuses: set[int] = field(default_factory=set)
    locked: set[int] = field(default_factory=set)

    async def run(self, use: Callable[[Any], Any]) -> Any:
        self.tries += 1
        if self.away:
            raise StoreUnavailable("away")
        done = use(SimpleNamespace(outcomes=self))
        if not self.answers:
            raise StoreUnavailable("lost connection")
        return done

    def record(self, processor_id: int, batch: list[Outcome]) -> RecordReport:
        self.batches.append(len(batch))
        stuck = [one.job_id for one in batch if one.job_id in self.refuses]
        locked = [one.job_id for one in batch if one.job_id in self.locked]
        batch = [one for one in batch if one.job_id not in self.refuses | self.locked]
        new = [one.job_id for one in batch if one.job_id not in self.written]
        self.written += new
        return RecordReport(
            recorded=tuple((job_id, ResultCode.SUCCEEDED) for job_id in new),
            lost=tuple(one.job_id for one in batch if one.job_id not in new),
            stuck=tuple((job_id, "no") for job_id in stuck),
            locked=tuple(locked),
        )


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def outbox(
    database: Database, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> Outbox:
    monkeypatch.setattr(store_health, "database_backoff", lambda: Backoff(0.01, 0.02))
    lane: Any = database
    stats = StatsWriter(Registration("web1:7", 1, Times(), ignore), lane, ignore)
    return Outbox(lane, StoreHealth(events.append), events.append, stats)


@contextmanager
def running(outbox: Outbox) -> Iterator[None]:
    task = asyncio.create_task(outbox.write_forever())
    yield
    task.cancel()


async def test_outcomes_of_an_outage_are_written_after_it(
    outbox: Outbox, database: Database, events: list[Event]
) -> None:
    database.away = True
    for job_id in range(250):
        outbox.put(ME, outcome(job_id))
    with running(outbox):
        await eventually_async(lambda: database.tries > 2)
        assert len(outbox) == 250
        assert outbox.claims == {Claim(job_id, 1, "") for job_id in range(250)}

        database.away = False
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.written == list(range(250))
    assert database.batches == [BATCH, BATCH, 50]
    assert len(outbox) == 0
    kinds = [type(event) for event in events]
    assert kinds.count(StoreLost) == kinds.count(StoreRegained) == 1
    assert kinds.count(OutcomeRecorded) == 250


async def test_one_whose_commit_got_no_answer_is_written_once_and_not_called_lost(
    outbox: Outbox, database: Database, events: list[Event]
) -> None:
    database.answers = False
    outbox.put(ME, outcome(1))
    with running(outbox):
        await eventually_async(lambda: database.tries > 1)
        database.answers = True
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.written == [1]
    assert OutcomeLost not in [type(event) for event in events]


async def test_one_whose_claim_is_void_is_dropped_and_reported(
    outbox: Outbox, database: Database, events: list[Event]
) -> None:
    database.written = [1]
    outbox.put(ME, outcome(1))
    with running(outbox):
        await asyncio.wait_for(outbox.drained(), 10)

    assert events == [OutcomeLost(1, 1)]


@pytest.mark.parametrize(
    ("count", "response"),
    [(MAX_UNRECORDED, "ok"), (MAX_CHARS // 65_535 + 1, "x" * 65_535)],
    ids=["number", "size"],
)
async def test_unwritten_outcomes_are_bounded(
    outbox: Outbox, database: Database, count: int, response: str
) -> None:
    for job_id in range(count - 1):
        outbox.put(ME, outcome(job_id, response))
    assert not outbox.full

    outbox.put(ME, outcome(count, response))
    assert outbox.full

    with running(outbox):
        await asyncio.wait_for(outbox.drained(), 10)
    assert not outbox.full


async def test_outcomes_of_an_earlier_id_are_written_under_it(
    outbox: Outbox, database: Database
) -> None:
    for processor_id in (ME, ME, 8):
        outbox.put(processor_id, outcome(len(outbox)))
    with running(outbox):
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.batches == [2, 1]


async def test_one_whose_commit_got_no_answer_has_its_job_reconciled(
    outbox: Outbox, database: Database
) -> None:
    """A later attempt may be claimed without this process's knowledge."""
    database.answers = False
    outbox.put(ME, outcome(1))
    with running(outbox):
        await eventually_async(lambda: database.tries > 1)
        assert not outbox.take_lost()
        database.answers = True
        await asyncio.wait_for(outbox.drained(), 10)

    assert outbox.take_lost()
    assert not outbox.take_lost()


async def test_refused_outcomes_are_bounded_also_while_they_are_retried(
    outbox: Outbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sq_console.processor.pipeline.outbox.REFUSED_RETRY_SECS", 0.01)
    database.refuses = set(range(MAX_REFUSED))
    with running(outbox):
        for job_id in database.refuses:
            outbox.put(ME, outcome(job_id))
        await eventually_async(lambda: outbox.full)
        tried = database.tries
        while database.tries < tried + 5:
            assert outbox.full
            await asyncio.sleep(0)

        database.refuses.clear()
        await eventually_async(lambda: not len(outbox))
    assert not outbox.full


async def test_refused_outcomes_have_a_last_try_at_the_end(
    outbox: Outbox, database: Database
) -> None:
    database.refuses = {1, 2}
    with running(outbox):
        for job_id in (1, 2, 3):
            outbox.put(ME, outcome(job_id))
        await eventually_async(lambda: database.tries)
        await eventually_async(lambda: not outbox.waiting)
        database.refuses = {2}
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.written == [3, 1]
    assert outbox.claims == {Claim(2, 1, "")}, "it is not waited for"


async def test_a_row_that_is_locked_for_a_moment_is_not_reported(
    outbox: Outbox,
    database: Database,
    events: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sq_console.processor.pipeline.outbox.FIRST_LOCK_RETRY_SECS", 0.01
    )
    monkeypatch.setattr("sq_console.processor.pipeline.outbox.LOCK_RETRY_SECS", 60.0)
    database.locked = {1}
    with running(outbox):
        outbox.put(ME, outcome(1))
        await eventually_async(lambda: database.tries == 1)
        database.locked = set()
        await asyncio.wait_for(outbox.drained(), 10)

    assert [type(event) for event in events] == [OutcomeRecorded]


async def test_one_whose_row_is_locked_is_reported_once_and_waited_for(
    outbox: Outbox,
    database: Database,
    events: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "sq_console.processor.pipeline.outbox.FIRST_LOCK_RETRY_SECS", 0.01
    )
    monkeypatch.setattr("sq_console.processor.pipeline.outbox.LOCK_RETRY_SECS", 0.01)
    database.locked = {1}
    with running(outbox):
        for job_id in (1, 2):
            outbox.put(ME, outcome(job_id))
        ending = asyncio.create_task(outbox.drained())
        await eventually_async(lambda: database.tries > 3)
        assert database.written == [2]
        assert not ending.done()
        assert outbox.waiting == 1
        database.locked = set()
        await asyncio.wait_for(ending, 10)

    assert database.written == [2, 1]
    assert [type(event) for event in events].count(OutcomeStuck) == 1
