"""Any processor is killed with SIGKILL at any time."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.fleet import Fault, Fleet
from tests.faults.invariants import check_invariants
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """How many jobs, on how many processors, and how often one dies."""

    per_sec: float = 50
    path: str = "/200?ms=200-1000"
    kills: int = 30
    every_secs: float = 3.0
    reclaim_within_secs: float = 40.0
    """After its processor's death a job is claimed again within this."""


FULL = Dose()
SHORT = Dose(
    jobs=120,
    per_sec=60,
    path="/200?ms=50-300",
    processors=2,
    kills=2,
    every_secs=0.7,
    times="quick",
    reclaim_within_secs=15,
    rest_secs=30,
)


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """Kill a random processor every few seconds."""
    rng = random.Random(3)
    figures = Figures()
    with loaded_fleet(setup, dose) as loaded:
        loaded.fleet.wait_until_serving(loaded.fleet.members[0])
        for _ in range(dose.kills):
            time.sleep(dose.every_secs)
            loaded.fleet.kill(rng.choice(loaded.fleet.members))
            loaded.start_one()
        loaded.wait_until_finished()
        collected = collect(setup, loaded.fleet.faults)
        figures.info("kills", len(loaded.fleet.faults))
        figures.none_of("unexpected ends", _crashed(loaded.fleet))
    check_reclaims(collected, figures, dose.reclaim_within_secs)
    check_invariants(collected, figures)
    return figures


def _crashed(fleet: Fleet) -> Iterator[str]:
    for member in fleet.dead:
        yield f"{member.name}: {member.process.returncode}: {member.log_text[-1500:]}"


def check_reclaims(collected: Collected, figures: Figures, within_secs: float) -> None:
    """Add how long the jobs held at a fault waited for their next claim."""
    waits = [wait for fault in collected.faults for wait in _waits(collected, fault)]
    figures.info("attempts held at the faults", len(collected.held))
    figures.at_most(
        "claimed again after (s, worst)", max(waits, default=0.0), within_secs
    )


def _waits(collected: Collected, fault: Fault) -> Iterator[float]:
    """Seconds from *fault* to the next claim of each job it struck. A next claim that
    led to no call was struck by a later fault, and came before that.
    """
    began = {
        (execution.job_id, execution.attempt): execution.began
        for job_id, _ in fault.held
        for execution in collected.executions.get(job_id, ())
    }
    for job_id, attempt in fault.held:
        following = (job_id, attempt + 1)
        struck_again = [
            later.at for later in collected.faults if following in later.held
        ]
        if following in began:
            yield began[following] - fault.at
        elif struck_again:
            yield struck_again[0] - fault.at
