"""The database is killed and comes back, again and again, under living processors."""

import time
from dataclasses import dataclass

from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.invariants import check_invariants, repeated
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """How long it is away each time, and how long it is there in between."""

    down_secs: tuple[float, ...] = (1, 20, 3, 18, 5, 15, 8, 2, 12, 10)
    up_secs: float = 9.0
    claim_within_secs: float = 5.0


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
    """By this process's clock."""

    began: float
    starting: float
    """No job can have been claimed between `began` and this…"""
    ended: float
    """…and from here on it answers."""


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """The server is the setup's own: no other test may use it."""
    figures = Figures()
    outages: list[Outage] = []
    with loaded_fleet(setup, dose) as loaded:
        loaded.wait_until_serving()
        for secs in dose.down_secs:
            time.sleep(dose.up_secs)
            outages.append(_outage(setup, secs))
        loaded.wait_until_finished()
        collected = collect(setup)
        died = loaded.fleet.dead_logs
        fenced = loaded.fleet.logs().count("event=self_fenced")
    figures.info("outages", len(outages))
    figures.info("longest (s)", max(o.ended - o.began for o in outages))
    figures.none_of("processors that ended", died)
    figures.info("fenced themselves", fenced)
    _add_figures(collected, outages, dose, figures)
    check_invariants(collected, figures)
    return figures


def _outage(setup: ScenarioSetup, secs: float) -> Outage:
    began = time.monotonic()
    setup.server.kill()
    time.sleep(secs)
    starting = time.monotonic()
    setup.server.start()
    return Outage(began, starting, time.monotonic())


def _add_figures(
    collected: Collected, outages: list[Outage], dose: Dose, figures: Figures
) -> None:
    executions = [e for those in collected.executions.values() for e in those]
    reached = [
        e
        for e in executions
        if any(
            o.began < (e.ended or 0) < o.ended and e.began < o.ended for o in outages
        )
    ]
    called_again = {(e.job_id, e.attempt) for e in repeated(collected)}
    figures.info("outcomes reached while it was away", len(reached))
    figures.none_of(
        "of these called again",
        [e for e in reached if (e.job_id, e.attempt) in called_again],
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
        row for log_rows in collected.log_rows.values() for row in log_rows
        if row.event == "rescued"
    ]  # fmt: skip
    figures.none_of("rescued from the living", rescued)
