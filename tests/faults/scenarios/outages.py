"""The database is killed and comes back, again and again, under living processors."""

import time
from dataclasses import dataclass

from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, prepared, product
from tests.faults.invariants import judge, repeated
from tests.faults.scenario_setup import Stage


@dataclass(frozen=True, slots=True)
class Dose:
    """How long it is away each time, and how long it is there in between."""

    down_secs: tuple[float, ...] = (1, 20, 3, 18, 5, 15, 8, 2, 12, 10)
    up_secs: float = 9.0
    jobs: int = 5_000
    per_sec: float = 40
    path: str = "/200?ms=200-1500"
    processors: int = 6
    times: str = "real"
    claim_within_secs: float = 5.0
    rest_secs: float = 120.0


FULL = Dose()
SHORT = Dose(
    down_secs=(0.2,),
    up_secs=0.7,
    jobs=120,
    per_sec=80,
    path="/200?ms=50-600",
    processors=2,
    times="quick",
    rest_secs=30,
)


@dataclass(frozen=True, slots=True)
class Outage:
    """By the driver's clock."""

    began: float
    starting: float
    """Nobody can have claimed anything between `began` and this…"""
    ended: float
    """…and from here on it answers."""


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """The server is the stage's own: nobody else may be on it."""
    figures = Figures()
    outages: list[Outage] = []
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
        for secs in dose.down_secs:
            time.sleep(dose.up_secs)
            outages.append(_outage(stage, secs))
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage)
        died = [member.said[-1500:] for member in fleet.dead]
        fenced = fleet.logs().count("event=self_fenced")
    figures.told("outages", len(outages))
    figures.told("longest (s)", max(o.ended - o.began for o in outages))
    figures.none_of("processors that ended", died)
    figures.told("fenced themselves", fenced)
    _tell(evidence, outages, dose, figures)
    judge(evidence, figures)
    return figures


def _outage(stage: Stage, secs: float) -> Outage:
    began = time.monotonic()
    stage.server.kill()
    time.sleep(secs)
    starting = time.monotonic()
    stage.server.start()
    return Outage(began, starting, time.monotonic())


def _tell(
    evidence: Evidence, outages: list[Outage], dose: Dose, figures: Figures
) -> None:
    executions = [e for those in evidence.executions.values() for e in those]
    reached = [
        e
        for e in executions
        if any(
            o.began < (e.ended or 0) < o.ended and e.began < o.ended for o in outages
        )
    ]
    again = {(e.job_id, e.attempt) for e in repeated(evidence)}
    figures.told("outcomes reached while it was away", len(reached))
    figures.none_of(
        "of these called again",
        [e for e in reached if (e.job_id, e.attempt) in again],
    )
    waits = [
        min((e.began for e in executions if e.began > o.starting), default=1e9)
        - o.ended
        for o in outages
    ]
    figures.at_most(
        "first claim after its return (s)", max(waits), dose.claim_within_secs
    )
    rescued = [
        line for lines in evidence.lines.values() for line in lines
        if line.event == "rescued"
    ]  # fmt: skip
    figures.none_of("rescued from the living", rescued)
