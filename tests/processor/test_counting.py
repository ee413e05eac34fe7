"""What is counted is written now and then; what cannot be written is said once, and
does not take the database's time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.errors import StoreRefused, StoreUnavailable
from sq_console.model import ResultCode, Sums
from sq_console.processor.events import Event, StatsRefused
from sq_console.processor.pipeline import stats_writer as module
from sq_console.processor.pipeline.stats_writer import StatsWriter
from tests.waiting import eventually_async

ME = 7


@dataclass
class Database:
    """The lane and what it leads to."""

    refuses: Exception | None = None
    written: list[tuple[int, Sums]] = field(default_factory=list)
    tries: int = 0

    async def run(self, use: Callable[[Any], Any]) -> Any:
        self.tries += 1
        if self.refuses:
            raise self.refuses
        return use(SimpleNamespace(stats=self))

    def add(self, processor_id: int, sums: Sums) -> None:
        self.written.append((processor_id, sums))


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def counting(
    database: Database, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> StatsWriter:
    monkeypatch.setattr(module, "EVERY_SECS", 0.01)
    lane: Any = database
    return StatsWriter(lane, told.append, lambda: ME)


async def test_what_came_together_is_written_together(
    counting: StatsWriter, database: Database
) -> None:
    counting.add(ResultCode.SUCCEEDED, 10)
    counting.add(ResultCode.TEMPORARY, 2**40)
    task = asyncio.create_task(counting.write_forever())
    await eventually_async(lambda: bool(database.written))
    await eventually_async(lambda: database.tries == 1)
    task.cancel()

    most = 2**31 - 1
    both = Sums(succeeded=1, retried=1, duration_ms_sum=10 + most, duration_ms_max=most)
    assert database.written == [(ME, both)]


async def test_nothing_is_written_when_there_is_nothing(
    counting: StatsWriter, database: Database
) -> None:
    await counting.write()

    assert database.tries == 0


@pytest.mark.parametrize(
    ("error", "words"), [(StoreRefused("no table"), 1), (StoreUnavailable("away"), 0)]
)
async def test_what_is_refused_is_said_once_and_left_alone_for_a_while(
    counting: StatsWriter,
    database: Database,
    told: list[Event],
    error: Exception,
    words: int,
) -> None:
    database.refuses = error
    task = asyncio.create_task(counting.write_forever())
    counting.add(ResultCode.SUCCEEDED, 10)
    await eventually_async(lambda: database.tries == 1)
    counting.add(ResultCode.SUCCEEDED, 10)
    await asyncio.sleep(0.1)
    assert database.tries == 1
    task.cancel()

    await counting.write()

    assert database.tries == 2, "there is a last try at the end"
    assert told == [StatsRefused("no table")] * words


async def test_a_new_trouble_after_a_good_time_is_said_again(
    counting: StatsWriter, database: Database, told: list[Event]
) -> None:
    for refuses in (StoreRefused("gone"), None, StoreRefused("locked")):
        database.refuses = refuses
        counting.add(ResultCode.SUCCEEDED, 10)
        await counting.write()

    assert told == [StatsRefused("gone"), StatsRefused("locked")]
