"""Outcomes wait for a database that is away, and what became of a COMMIT without an
answer is found out by trying again.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.errors import StoreUnavailable
from sq_console.model import Outcome, RecordReport, ResultCode
from sq_console.processor.events import (
    Event,
    OutcomeLost,
    OutcomeRecorded,
    StoreLost,
    StoreRegained,
)
from sq_console.processor.outbox import BATCH, MOST_BYTES, MOST_UNRECORDED, Outbox
from sq_console.processor.weather import Weather
from tests.waiting import eventually_async

ME = 7


def outcome(job_id: int, response: str = "ok") -> Outcome:
    return Outcome(job_id, 1, ResultCode.SUCCEEDED, 200, None, response, 12, ())


@dataclass
class Database:
    """The lane and what it leads to."""

    away: bool = False
    answers: bool = True
    """False: it does what it is told, and the connection breaks before it says so."""
    written: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    tries: int = 0

    async def run(self, use: Callable[[Any], Any]) -> Any:
        self.tries += 1
        if self.away:
            raise StoreUnavailable("away")
        done = use(SimpleNamespace(claims=self))
        if not self.answers:
            raise StoreUnavailable("lost connection")
        return done

    def record(self, processor_id: int, batch: list[Outcome]) -> RecordReport:
        self.batches.append(len(batch))
        new = [one.job_id for one in batch if one.job_id not in self.written]
        self.written += new
        return RecordReport(
            recorded=tuple((job_id, ResultCode.SUCCEEDED) for job_id in new),
            lost=tuple(one.job_id for one in batch if one.job_id not in new),
        )


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def outbox(
    database: Database, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> Outbox:
    monkeypatch.setattr("sq_console.processor.weather.LONGEST_WAIT_SECS", 0.02)
    return Outbox(database, Weather(told.append), told.append)  # type: ignore[arg-type]


@contextmanager
def running(outbox: Outbox) -> Iterator[None]:
    task = asyncio.create_task(outbox.run())
    yield
    task.cancel()


async def test_what_was_reached_during_an_outage_is_written_after_it(
    outbox: Outbox, database: Database, told: list[Event]
) -> None:
    database.away = True
    for job_id in range(250):
        outbox.put(ME, outcome(job_id))
    with running(outbox):
        await eventually_async(lambda: database.tries > 2)
        assert len(outbox) == 250
        assert outbox.ids == set(range(250))

        database.away = False
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.written == list(range(250))
    assert database.batches == [BATCH, BATCH, 50]
    assert len(outbox) == 0
    kinds = [type(event) for event in told]
    assert kinds.count(StoreLost) == kinds.count(StoreRegained) == 1
    assert kinds.count(OutcomeRecorded) == 250


async def test_one_written_though_nobody_said_so_is_written_once_and_not_called_lost(
    outbox: Outbox, database: Database, told: list[Event]
) -> None:
    database.answers = False
    outbox.put(ME, outcome(1))
    with running(outbox):
        await eventually_async(lambda: database.tries > 1)
        database.answers = True
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.written == [1]
    assert OutcomeLost not in [type(event) for event in told]


async def test_one_whose_claim_is_void_is_dropped_and_told(
    outbox: Outbox, database: Database, told: list[Event]
) -> None:
    database.written = [1]
    outbox.put(ME, outcome(1))
    with running(outbox):
        await asyncio.wait_for(outbox.drained(), 10)

    assert told == [OutcomeLost(1, 1)]


@pytest.mark.parametrize(
    ("count", "response"),
    [(MOST_UNRECORDED, "ok"), (MOST_BYTES // 65_535 + 1, "x" * 65_535)],
    ids=["number", "size"],
)
async def test_what_waits_is_bounded(
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


async def test_outcomes_of_an_earlier_life_are_written_under_its_own_id(
    outbox: Outbox, database: Database
) -> None:
    for processor_id in (ME, ME, 8):
        outbox.put(processor_id, outcome(len(outbox)))
    with running(outbox):
        await asyncio.wait_for(outbox.drained(), 10)

    assert database.batches == [2, 1]
