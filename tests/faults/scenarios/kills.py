"""kill -9 of any processor at any time."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, Loss, fleet_on, prepared, product
from tests.faults.invariants import judge
from tests.faults.scenario_setup import Stage


@dataclass(frozen=True, slots=True)
class Dose:
    """How many jobs, on how many processors, and how often one dies."""

    jobs: int = 5_000
    per_sec: float = 50
    path: str = "/200?ms=200-1000"
    processors: int = 6
    kills: int = 30
    every_secs: float = 3.0
    times: str = "real"
    again_within_secs: float = 40.0
    """After its processor's death a job is claimed again within this."""
    rest_secs: float = 120.0
    """For everything to end after the last kill."""


FULL = Dose()
SHORT = Dose(
    jobs=120,
    per_sec=60,
    path="/200?ms=50-300",
    processors=2,
    kills=2,
    every_secs=0.7,
    times="quick",
    again_within_secs=15,
    rest_secs=30,
)


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """Kill a random processor every few seconds."""
    rng = random.Random(3)
    figures = Figures()
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini()
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(dose.processors):
            fleet.start(command)
        fleet.serving(fleet.members[0])
        for _ in range(dose.kills):
            time.sleep(dose.every_secs)
            fleet.kill(rng.choice(fleet.members))
            fleet.start(command)
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
        figures.told("kills", len(fleet.losses))
        figures.none_of("unexpected ends", _crashed(fleet))
    again(evidence, figures, dose.again_within_secs)
    judge(evidence, figures)
    return figures


def _crashed(fleet: Fleet) -> Iterator[str]:
    for member in fleet.dead:
        yield f"{member.name}: {member.popen.returncode}: {member.said[-1500:]}"


def again(evidence: Evidence, figures: Figures, within_secs: float) -> None:
    """How long what was held had to wait for its next claim."""
    waits = [wait for loss in evidence.losses for wait in _waits(evidence, loss)]
    figures.told("attempts held at the faults", len(evidence.held))
    figures.at_most(
        "claimed again after (s, worst)", max(waits, default=0.0), within_secs
    )


def _waits(evidence: Evidence, loss: Loss) -> Iterator[float]:
    """A next claim that never led to a call was itself lost: it came before that."""
    began = {
        (execution.job_id, execution.attempt): execution.began
        for job_id, _ in loss.held
        for execution in evidence.executions.get(job_id, ())
    }
    for job_id, attempt in loss.held:
        following = (job_id, attempt + 1)
        lost_again = [other.at for other in evidence.losses if following in other.held]
        if following in began:
            yield began[following] - loss.at
        elif lost_again:
            yield lost_again[0] - loss.at
