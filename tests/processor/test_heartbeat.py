"""A processor's own doubts about being alive, by a clock turned by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.errors import StoreReadOnly, StoreUnavailable
from sq_console.model import (
    Control,
    JobState,
    ProcessorState,
    Rescued,
    StuckJob,
    Wanted,
)
from sq_console.processor.events import Event, JobRescued
from sq_console.processor.heartbeat import Heartbeat
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth

TIMES = Times()


@dataclass
class Database:
    """What its lane leads to; also its clock, and the processor it beats for."""

    now: float = 1_000.0
    away: bool = False
    alive: bool = True
    """Is the processor's row still there?"""
    orphans: list[Rescued] = field(default_factory=list)
    beats: int = 0
    rescues: int = 0
    fenced: list[str] = field(default_factory=list)
    births: int = 0
    cuts: int = 0
    read_only: bool = False
    processor_id: int = 7
    name: str = "web1:7"
    concurrency: int = 5
    in_flight: int = 0
    state: ProcessorState = ProcessorState.RUNNING

    async def run(self, use: Callable[[Any], Any]) -> Any:
        if self.away:
            raise StoreUnavailable("away")
        return use(
            SimpleNamespace(
                processors=self,
                rescuer=self,
                stuck_rows=self,
                require_writable=self.require_writable,
            )
        )

    def require_writable(self) -> None:
        if self.read_only:
            raise StoreReadOnly("a replica")

    def cut_off(self) -> None:
        self.cuts += 1

    def beat(self, processor_id: int, running: int, state: ProcessorState) -> bool:
        self.beats += 1
        return self.alive

    def control(self, processor_id: int) -> Control:
        return Control((), Wanted.RUN if self.alive else None, frozenset())

    def rescue(self, by: str, dead_secs: float) -> list[Rescued]:
        self.rescues += 1
        return self.orphans

    def take_reports(self) -> tuple[StuckJob, ...]:
        return ()

    def register(self, *row: object) -> None:
        self.alive = True

    def apply_control(self, control: Control) -> None:
        pass

    def fence(self, reason: str) -> None:
        self.fenced.append(reason)

    def reborn(self) -> None:
        self.births += 1


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def weather(database: Database, told: list[Event]) -> StoreHealth:
    return StoreHealth(told.append, lambda: database.now)


@pytest.fixture
def pulse(database: Database, weather: StoreHealth, told: list[Event]) -> Heartbeat:
    return Heartbeat(
        database,
        database,  # type: ignore[arg-type]
        weather,
        told.append,
        TIMES,
        lambda: database.now,
    )


def test_the_times_hold_together() -> None:
    assert (TIMES.beat, TIMES.rescue, TIMES.dead, TIMES.grace) == (5, 5, 30, 30)
    assert (TIMES.doubt, TIMES.fence) == (10, 25)
    assert 2 * TIMES.beat <= TIMES.doubt < TIMES.fence < TIMES.dead


async def test_it_beats_every_five_seconds(
    pulse: Heartbeat, database: Database
) -> None:
    for _ in range(20):
        await pulse.tick()
        database.now += TIMES.control

    assert database.beats == 4


@pytest.mark.parametrize(
    ("silent_secs", "in_doubt", "presumed_dead"),
    [(9.9, False, False), (10, True, False), (24.9, True, False), (25, True, True)],
)
async def test_silence_is_first_doubt_then_death(
    pulse: Heartbeat,
    database: Database,
    silent_secs: float,
    in_doubt: bool,
    presumed_dead: bool,
) -> None:
    await pulse.beat()
    database.now += silent_secs

    assert (pulse.in_doubt, pulse.presumed_dead) == (in_doubt, presumed_dead)


async def test_silence_counts_from_before_the_last_beat_was_sent(
    pulse: Heartbeat, database: Database
) -> None:
    def slowly(*_: object) -> bool:
        database.now += 12
        return True

    database.beat = slowly  # type: ignore[method-assign]
    await pulse.beat()

    assert pulse.in_doubt


async def test_calls_are_aborted_once_while_the_database_is_away(
    pulse: Heartbeat, database: Database
) -> None:
    database.away = True
    database.now += 25
    running = asyncio.create_task(pulse.beat_forever())
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()

    assert database.fenced == ["no heartbeat confirmed for 25 s"]


async def test_one_that_stood_still_fences_before_it_says_that_it_lives(
    pulse: Heartbeat, database: Database
) -> None:
    """Its row may be there although its jobs are gone."""
    database.now += 35

    await pulse.beat()

    assert database.fenced == ["no heartbeat confirmed for 35 s"]
    assert not pulse.presumed_dead
    assert database.births == 0


async def test_one_declared_dead_aborts_and_comes_back_as_another(
    pulse: Heartbeat, database: Database
) -> None:
    database.alive = False

    await pulse.tick()

    assert database.fenced == ["declared dead by another processor"]
    assert database.births == 1
    assert database.alive


async def test_a_server_that_is_read_only_now_is_neither_told_nor_claimed_from(
    pulse: Heartbeat, database: Database
) -> None:
    database.read_only = True
    with pytest.raises(StoreReadOnly):
        await pulse.tick()
    assert (pulse.read_only, database.beats, database.cuts) == (True, 0, 1)

    database.read_only = False
    await pulse.tick()
    assert (pulse.read_only, database.beats, database.cuts) == (False, 1, 1)


async def test_the_dead_are_looked_for_every_five_seconds(
    pulse: Heartbeat, database: Database, told: list[Event]
) -> None:
    lost = Rescued(1, 1, JobState.PENDING, "web9:1")
    database.orphans = [lost]
    for _ in range(20):
        await pulse.tick()
        database.now += TIMES.control

    assert database.rescues == 4
    assert told == [JobRescued(lost)] * 4


async def test_who_saw_errors_lately_declares_nobody_dead(
    pulse: Heartbeat, database: Database, weather: StoreHealth
) -> None:
    telling = asyncio.create_task(weather.failed(StoreUnavailable("away")))
    await asyncio.sleep(0)
    telling.cancel()
    weather.succeeded()

    for _ in range(30):
        await pulse.tick()
        database.now += TIMES.control
    assert database.rescues == 0
    for _ in range(5):
        await pulse.tick()
        database.now += TIMES.control
    assert database.rescues == 1
