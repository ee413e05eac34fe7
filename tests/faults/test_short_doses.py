"""A short dose of every scenario; `python -m tests.faults --full` runs the whole."""

from collections.abc import Iterator

import pytest

from tests.faults.fork_server import ForkServer
from tests.faults.scenario_setup import ScenarioSetup, setup_on
from tests.faults.scenarios import (
    cancellations,
    connection_resets,
    database_freezes,
    kills,
    kills_at_points,
    migrate,
    operators,
    outages,
    processor_suspends,
    shutdowns,
    silent_host,
)
from tests.servers import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fork_server() -> Iterator[ForkServer]:
    started = ForkServer()
    yield started
    started.close()


@pytest.fixture
def setup(mariadb: Server, fork_server: ForkServer) -> Iterator[ScenarioSetup]:
    with setup_on(mariadb, fork_server) as setup:
        yield setup


@pytest.fixture(scope="module")
def own_server(mariadb: Server) -> Iterator[Server]:
    """It may be harmed, and is as good as new afterwards."""
    server = Server(mariadb.binary)
    yield server
    server.close()


@pytest.fixture
def own_setup(own_server: Server, fork_server: ForkServer) -> Iterator[ScenarioSetup]:
    with setup_on(own_server, fork_server) as setup:
        yield setup


def test_kill_9_loses_nothing_and_repeats_only_calls_in_flight(
    setup: ScenarioSetup,
) -> None:
    assert kills.run(setup, kills.SHORT).failures == []


def test_kill_9_between_any_two_steps_loses_nothing(setup: ScenarioSetup) -> None:
    assert kills_at_points.run(setup, kills_at_points.SHORT).failures == []


def test_outcomes_outlast_a_database_that_is_killed(own_setup: ScenarioSetup) -> None:
    assert outages.run(own_setup, outages.SHORT).failures == []


def test_outcomes_outlast_a_database_that_is_suspended(
    own_setup: ScenarioSetup,
) -> None:
    assert database_freezes.run(own_setup, database_freezes.SHORT).failures == []


def test_a_processor_that_was_suspended_changes_no_row(setup: ScenarioSetup) -> None:
    assert processor_suspends.run(setup, processor_suspends.SHORT).failures == []


def test_connections_that_break_claim_nothing_twice(own_setup: ScenarioSetup) -> None:
    assert connection_resets.run(own_setup, connection_resets.SHORT).failures == []


def test_operators_and_processors_never_end_a_job_in_two_ways(
    setup: ScenarioSetup,
) -> None:
    assert operators.run(setup, operators.SHORT).failures == []


def test_cancelled_calls_leave_nothing_behind(setup: ScenarioSetup) -> None:
    assert cancellations.run(setup, cancellations.SHORT).failures == []


def test_a_host_that_answers_nothing_harms_only_itself(setup: ScenarioSetup) -> None:
    assert silent_host.run(setup, silent_host.SHORT).failures == []


def test_a_processor_asked_to_end_finishes_or_releases_every_job(
    setup: ScenarioSetup,
) -> None:
    assert shutdowns.run(setup, shutdowns.SHORT).failures == []


@pytest.mark.parametrize("product", ["mariadb", "mysql"])
def test_a_database_of_the_ancestor_is_migrated_and_its_jobs_are_called(
    request: pytest.FixtureRequest, product: str
) -> None:
    with setup_on(request.getfixturevalue(product)) as setup:
        assert migrate.run(setup, migrate.SHORT).failures == []
