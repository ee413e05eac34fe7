"""A short dose of every scenario; `python -m tests.faults --full` runs the whole."""

from collections.abc import Iterator

import pytest

from tests.faults.fork_server import Hatchery
from tests.faults.scenario_setup import Stage, stage_on
from tests.faults.scenarios import (
    cancellations,
    freezes,
    kills,
    operators,
    outages,
    places,
    resets,
    signals,
    stops,
    swallow,
)
from tests.servers import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hatchery() -> Iterator[Hatchery]:
    hatchery = Hatchery()
    yield hatchery
    hatchery.close()


@pytest.fixture
def stage(mariadb: Server, hatchery: Hatchery) -> Iterator[Stage]:
    with stage_on(mariadb, hatchery) as stage:
        yield stage


@pytest.fixture(scope="module")
def own_server(mariadb: Server) -> Iterator[Server]:
    """It may be harmed, and is as good as new afterwards."""
    server = Server(mariadb.binary)
    yield server
    server.close()


@pytest.fixture
def own_stage(own_server: Server, hatchery: Hatchery) -> Iterator[Stage]:
    with stage_on(own_server, hatchery) as stage:
        yield stage


def test_kill_9_loses_nothing_and_repeats_only_what_was_in_flight(stage: Stage) -> None:
    assert kills.run(stage, kills.SHORT).failures == []


def test_so_does_kill_9_at_any_step_of_the_way(stage: Stage) -> None:
    assert places.run(stage, places.SHORT).failures == []


def test_outcomes_outlast_a_database_that_is_killed(own_stage: Stage) -> None:
    assert outages.run(own_stage, outages.SHORT).failures == []


def test_and_one_that_stands_still(own_stage: Stage) -> None:
    assert freezes.run(own_stage, freezes.SHORT).failures == []


def test_a_processor_that_stood_still_changes_no_row(stage: Stage) -> None:
    assert stops.run(stage, stops.SHORT).failures == []


def test_connections_that_break_claim_nothing_twice(own_stage: Stage) -> None:
    assert resets.run(own_stage, resets.SHORT).failures == []


def test_operators_and_processors_never_end_a_job_in_two_ways(stage: Stage) -> None:
    assert operators.run(stage, operators.SHORT).failures == []


def test_cancelled_calls_leave_nothing_behind(stage: Stage) -> None:
    assert cancellations.run(stage, cancellations.SHORT).failures == []


def test_a_host_that_swallows_calls_harms_only_itself(stage: Stage) -> None:
    assert swallow.run(stage, swallow.SHORT).failures == []


def test_told_to_end_it_finishes_or_gives_back_everything(stage: Stage) -> None:
    assert signals.run(stage, signals.SHORT).failures == []
