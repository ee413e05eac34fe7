"""Jobs that arrive steadily, and the processors that call them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.fleet import Fleet, Member, fleet_on, processor_command
from tests.faults.scenario_setup import Flow, ScenarioSetup


@dataclass(frozen=True, slots=True)
class Load:
    """How many jobs on how many processors; the base of a scenario's dose."""

    jobs: int = 5_000
    per_sec: float = 40
    """Jobs inserted per second."""
    path: str = "/200?ms=200-1500"
    """What the ledger answers, and after how long."""
    processors: int = 6
    times: str = "real"
    """`quick`: the processors' own times, shortened alike."""
    rest_secs: float = 120.0
    """For everything to end after the last fault."""


@dataclass(frozen=True, slots=True)
class LoadedFleet:
    """Processors at work on the jobs of a flow."""

    fleet: Fleet
    flow: Flow
    load: Load
    command: list[str]

    def start_one(self) -> Member:
        """One more processor of the same kind."""
        return self.fleet.start(self.command)

    def wait_until_serving(self) -> None:
        """Until every processor is in the table."""
        for member in self.fleet.members:
            self.fleet.wait_until_serving(member)

    def wait_until_finished(self) -> None:
        """Until all jobs are inserted and have ended, or `rest_secs` are over."""
        self.flow.join(self.load.rest_secs)
        self.fleet.setup.all_finished(self.load.rest_secs)


@contextlib.contextmanager
def loaded_fleet(
    setup: ScenarioSetup, load: Load, **processor: int
) -> Iterator[LoadedFleet]:
    """The processors of *load*, started, while its jobs arrive. *processor* are keys
    of the config file.
    """
    with (
        fleet_on(setup) as fleet,
        setup.flow(load.jobs, load.per_sec, load.path) as flow,
    ):
        command = processor_command(setup.ini(**processor), times=load.times)
        loaded = LoadedFleet(fleet, flow, load, command)
        for _ in range(load.processors):
            loaded.start_one()
        yield loaded
