"""Sums are written now and then; sums that cannot be written are reported once, and do
not take the database's time.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from sq_console.errors import StoreRefused, StoreUnavailable
from sq_console.model import HostSums, ResultCode, Sums
from sq_console.processor.events import Event, StatsRefused, ignore
from sq_console.processor.pipeline import stats_writer as module
from sq_console.processor.pipeline.stats_writer import HOSTS_AT_ONCE, StatsWriter
from sq_console.processor.registration import Registration
from sq_console.processor.status import Times
from tests.waiting import eventually_async

ME = 7


@dataclass
class Database:
    """The lane and what it leads to."""

    refuses: Exception | None = None
    refuses_hosts: Exception | None = None
    written: list[tuple[int, Sums]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    tries: int = 0

    async def run(self, use: Callable[[Any], Any]) -> Any:
        self.tries += 1
        if self.refuses:
            raise self.refuses
        return use(SimpleNamespace(stats=self, host_stats=self))

    def add(self, processor_id: int, sums: Sums) -> None:
        self.written.append((processor_id, sums))

    def add_hosts(self, processor_id: int, hosts: Sequence[HostSums]) -> None:
        if self.refuses_hosts:
            raise self.refuses_hosts
        self.hosts += [sums.host for sums in hosts]


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def stats(
    database: Database, events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> StatsWriter:
    monkeypatch.setattr(module, "INTERVAL_SECS", 0.01)
    lane: Any = database
    registration = Registration("web1:7", 1, Times(), ignore)
    registration.processor_id = ME
    return StatsWriter(registration, lane, events.append)


async def test_outcomes_of_one_interval_are_written_together(
    stats: StatsWriter, database: Database
) -> None:
    stats.add(ResultCode.SUCCEEDED, 10)
    stats.add(ResultCode.TEMPORARY, 2**40)
    task = asyncio.create_task(stats.write_forever())
    await eventually_async(lambda: bool(database.written))
    await eventually_async(lambda: database.tries == 1)
    task.cancel()

    most = 2**31 - 1
    both = Sums(succeeded=1, retried=1, duration_ms_sum=10 + most, duration_ms_max=most)
    assert database.written == [(ME, both)]


async def test_nothing_is_written_when_there_is_nothing(
    stats: StatsWriter, database: Database
) -> None:
    await stats.write()

    assert database.tries == 0


@pytest.mark.parametrize(
    ("error", "reports"), [(StoreRefused("no table"), 1), (StoreUnavailable("away"), 0)]
)
async def test_sums_that_are_refused_are_reported_once_and_retried_after_a_while(
    stats: StatsWriter,
    database: Database,
    events: list[Event],
    error: Exception,
    reports: int,
) -> None:
    database.refuses = error
    task = asyncio.create_task(stats.write_forever())
    stats.add(ResultCode.SUCCEEDED, 10)
    await eventually_async(lambda: database.tries == 1)
    stats.add(ResultCode.SUCCEEDED, 10)
    await asyncio.sleep(0.1)
    assert database.tries == 1
    task.cancel()

    await stats.write()

    assert database.tries == 2, "there is a last try at the end"
    assert events == [StatsRefused("no table")] * reports


async def test_an_error_after_a_success_is_reported_again(
    stats: StatsWriter, database: Database, events: list[Event]
) -> None:
    for refuses in (StoreRefused("gone"), None, StoreRefused("locked")):
        database.refuses = refuses
        stats.add(ResultCode.SUCCEEDED, 10)
        await stats.write()

    assert events == [StatsRefused("gone"), StatsRefused("locked")]


async def test_the_sums_of_all_hosts_are_written_as_a_processor_ends(
    stats: StatsWriter, database: Database
) -> None:
    """Some at a time."""
    names = [f"h{number}.example" for number in range(2 * HOSTS_AT_ONCE + 1)]
    for name in names:
        stats.add(ResultCode.SUCCEEDED, 10, name)

    await stats.write()

    assert sorted(database.hosts) == sorted(names)
    assert (len(database.written), database.tries) == (1, 1 + 3)


async def test_refused_sums_of_hosts_do_not_cost_the_others(
    stats: StatsWriter, database: Database, events: list[Event]
) -> None:
    database.refuses_hosts = StoreRefused("no table")
    for _ in range(2):
        stats.add(ResultCode.SUCCEEDED, 10, "a.example")
        await stats.write()

    assert [sums.succeeded for _, sums in database.written] == [1, 1]
    assert events == [StatsRefused("no table")]


async def test_a_processor_that_ends_tries_a_table_that_refuses_once(
    stats: StatsWriter, database: Database
) -> None:
    database.refuses_hosts = StoreRefused("no such table")
    for number in range(2 * HOSTS_AT_ONCE):
        stats.add(ResultCode.SUCCEEDED, 10, f"h{number}.example")

    await stats.write()

    assert database.tries == 2
