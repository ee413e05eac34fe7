"""When a processor doubts that it is alive, by a clock that the test sets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.config import ProcessorSettings
from sq_console.errors import StoreReadOnly, StoreUnavailable
from sq_console.model import (
    Control,
    JobState,
    ProcessorState,
    Rescued,
    StuckJob,
    Wanted,
)
from sq_console.processor.capacity.input_priority import InputPriority
from sq_console.processor.events import Event, IdChosen, JobRescued, SelfFenced
from sq_console.processor.heartbeat import Heartbeat
from sq_console.processor.maintenance.rescue import DeadProcessorRescue
from sq_console.processor.maintenance.runner import Duty, MaintenanceRunner
from sq_console.processor.pipeline.pipeline import Pipeline
from sq_console.processor.registration import Registration
from sq_console.processor.run_state import RunState
from sq_console.processor.status import Times
from sq_console.processor.store_health import StoreHealth
from sq_console.processor.wakeups import PollTimer

TIMES = Times()


@dataclass
class Database:
    """The lanes, what they lead to, and the clock."""

    now: float = 1_000.0
    away: bool = False
    read_only: bool = False
    alive: bool = True
    """Is the processor's row still there?"""
    orphans: list[Rescued] = field(default_factory=list)
    beats: int = 0
    rescues: int = 0
    renewed: int = 0
    """How often the connections were made anew."""

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

    @property
    def connections(self) -> Any:
        return SimpleNamespace(
            claim=self, record=self, heartbeat=self, renew=self.renew
        )

    def renew(self) -> None:
        self.renewed += 1

    def require_writable(self) -> None:
        if self.read_only:
            raise StoreReadOnly("a replica")

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


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def health(database: Database, events: list[Event]) -> StoreHealth:
    return StoreHealth(events.append, lambda: database.now)


@pytest.fixture
def registration(database: Database, events: list[Event]) -> Registration:
    return Registration("web1:7", 5, TIMES, events.append, lambda: database.now)


class OpenGate:
    """Its own tests are in `test_database_copies`."""

    async def check_or_end(self) -> None:
        """There is no obstacle."""

    check_if_due = check_or_end


@pytest.fixture
def heartbeat(
    database: Database,
    registration: Registration,
    health: StoreHealth,
    events: list[Event],
) -> Heartbeat:
    emit, lane, timer = events.append, database, PollTimer(1_000)
    caller: Any = None
    gate: Any = OpenGate()
    pipeline = Pipeline(
        ProcessorSettings(),
        registration,
        database.connections,
        caller,
        health,
        emit,
        InputPriority(),
        timer,
    )
    rescue = DeadProcessorRescue("web1:7", lane, health, emit, TIMES)  # type: ignore[arg-type]
    return Heartbeat(
        registration,
        database.connections,
        pipeline,
        RunState(emit, timer),
        gate,
        MaintenanceRunner([Duty(rescue.rescue, TIMES.rescue, lambda: database.now)]),
        health,
        emit,
        TIMES,
        lambda: database.now,
    )


def fences(events: list[Event]) -> list[str]:
    """Why calls were aborted, each time."""
    return [event.reason for event in events if isinstance(event, SelfFenced)]


def ids(events: list[Event]) -> int:
    """How many ids were chosen."""
    return sum(isinstance(event, IdChosen) for event in events)


def test_the_times_hold_together() -> None:
    assert (TIMES.beat, TIMES.rescue, TIMES.dead, TIMES.grace) == (5, 5, 30, 30)
    assert (TIMES.doubt, TIMES.fence) == (10, 25)
    assert 2 * TIMES.beat <= TIMES.doubt < TIMES.fence < TIMES.dead


async def test_it_beats_every_five_seconds(
    heartbeat: Heartbeat, database: Database
) -> None:
    for _ in range(20):
        await heartbeat.tick()
        database.now += TIMES.control

    assert database.beats == 4


@pytest.mark.parametrize(
    ("unconfirmed_secs", "in_doubt", "presumed_dead"),
    [(9.9, False, False), (10, True, False), (24.9, True, False), (25, True, True)],
)
async def test_without_a_heartbeat_it_is_first_in_doubt_then_presumed_dead(
    heartbeat: Heartbeat,
    registration: Registration,
    database: Database,
    unconfirmed_secs: float,
    in_doubt: bool,
    presumed_dead: bool,
) -> None:
    await heartbeat.beat()
    database.now += unconfirmed_secs

    assert registration.in_doubt == in_doubt
    assert registration.presumed_dead == presumed_dead


async def test_a_heartbeat_counts_from_before_it_was_sent(
    heartbeat: Heartbeat, registration: Registration, database: Database
) -> None:
    def slowly(*_: object) -> bool:
        database.now += 12
        return True

    database.beat = slowly  # type: ignore[method-assign]
    await heartbeat.beat()

    assert registration.in_doubt


async def test_calls_are_aborted_once_while_the_database_is_away(
    heartbeat: Heartbeat, database: Database, events: list[Event]
) -> None:
    database.away = True
    database.now += 25
    running = asyncio.create_task(heartbeat.beat_forever())
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()

    assert fences(events) == ["no heartbeat confirmed for 25 s"]


async def test_one_that_was_suspended_fences_before_it_says_that_it_lives(
    heartbeat: Heartbeat,
    registration: Registration,
    database: Database,
    events: list[Event],
) -> None:
    """Its row may be there although its jobs are gone."""
    database.now += 35

    await heartbeat.beat()

    assert fences(events) == ["no heartbeat confirmed for 35 s"]
    assert not registration.presumed_dead
    assert ids(events) == 0


async def test_one_declared_dead_aborts_and_registers_under_a_new_id(
    heartbeat: Heartbeat,
    registration: Registration,
    database: Database,
    events: list[Event],
) -> None:
    database.alive = False
    dead = registration.processor_id

    await heartbeat.tick()

    assert fences(events) == ["declared dead by another processor"]
    assert ids(events) == 1
    assert registration.processor_id != dead
    assert not registration.holds_claims_of(dead)
    assert database.alive


async def test_a_server_that_is_read_only_now_gets_no_heartbeat_and_no_claim(
    heartbeat: Heartbeat, database: Database
) -> None:
    database.read_only = True
    with pytest.raises(StoreReadOnly):
        await heartbeat.tick()
    assert (heartbeat.read_only, database.beats, database.renewed) == (True, 0, 1)

    database.read_only = False
    await heartbeat.tick()
    assert (heartbeat.read_only, database.beats, database.renewed) == (False, 1, 1)


async def test_jobs_of_the_dead_are_rescued_every_five_seconds(
    heartbeat: Heartbeat, database: Database, events: list[Event]
) -> None:
    rescued = Rescued(1, 1, JobState.PENDING, "web9:1")
    database.orphans = [rescued]
    for _ in range(20):
        await heartbeat.tick()
        database.now += TIMES.control

    assert database.rescues == 4
    assert events == [JobRescued(rescued)] * 4


async def test_one_that_met_errors_lately_declares_nobody_dead(
    heartbeat: Heartbeat, database: Database, health: StoreHealth
) -> None:
    failing = asyncio.create_task(health.failed(StoreUnavailable("away")))
    await asyncio.sleep(0)
    failing.cancel()
    health.succeeded()

    for _ in range(30):
        await heartbeat.tick()
        database.now += TIMES.control
    assert database.rescues == 0
    for _ in range(5):
        await heartbeat.tick()
        database.now += TIMES.control
    assert database.rescues == 1
