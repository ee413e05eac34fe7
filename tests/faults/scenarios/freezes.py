"""The database stands still (SIGSTOP) and goes on: nothing is closed, nothing answers,
and what was sent is carried out when its senders have long given up.
"""

import time
from dataclasses import dataclass

from tests.faults.collected_rows import gather
from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, prepared, product
from tests.faults.invariants import judge
from tests.faults.scenario_setup import Stage


@dataclass(frozen=True, slots=True)
class Dose:
    """For how long, and how long it works in between."""

    frozen_secs: tuple[float, ...] = (2, 8, 15, 40)
    between_secs: float = 10.0
    jobs: int = 4_000
    per_sec: float = 40
    path: str = "/200?ms=200-1500"
    processors: int = 6
    times: str = "real"
    claim_within_secs: float = 5.0
    rest_secs: float = 120.0


FULL = Dose()
SHORT = Dose(
    frozen_secs=(1.0,),
    between_secs=0.7,
    jobs=100,
    per_sec=80,
    path="/200?ms=50-400",
    processors=2,
    times="quick",
    rest_secs=30,
)


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """The server is the stage's own: nobody else may be on it."""
    figures = Figures()
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini()
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(dose.processors):
            fleet.start(command)
        for member in fleet.members:
            fleet.serving(member)
        thawed = []
        for secs in dose.frozen_secs:
            time.sleep(dose.between_secs)
            stage.server.pause()
            time.sleep(secs)
            stage.server.cont()
            thawed.append(time.monotonic())
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        died = [member.said[-1500:] for member in fleet.dead]
        logs = fleet.logs()
        evidence = gather(stage)
    began = sorted(e.began for e in stage.ledger.executions)
    waits = [next(b for b in began if b > at) - at for at in thawed]
    figures.told("seconds frozen", ", ".join(f"{secs:g}" for secs in dose.frozen_secs))
    figures.at_most("first call after each (s)", max(waits), dose.claim_within_secs)
    figures.none_of("processors that ended", died)
    figures.exactly("unexpected exceptions", logs.count("Traceback"), 0)
    figures.told("fenced themselves", logs.count("event=self_fenced"))
    judge(evidence, figures)
    return figures
