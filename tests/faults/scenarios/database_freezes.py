"""The database is suspended (SIGSTOP) and goes on.

No connection closes, no statement is answered, and what was sent is carried out when
its senders have long given up.
"""

import time
from dataclasses import dataclass

from tests.faults.collected_rows import collect
from tests.faults.figures import Figures
from tests.faults.invariants import check_invariants
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """For how long, and how long it works in between."""

    frozen_secs: tuple[float, ...] = (2, 8, 15, 40)
    between_secs: float = 10.0
    jobs: int = 4_000
    claim_within_secs: float = 5.0


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


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """The server is the setup's own: no other test may use it."""
    figures = Figures()
    with loaded_fleet(setup, dose) as loaded:
        loaded.wait_until_serving()
        resumed = []
        for secs in dose.frozen_secs:
            time.sleep(dose.between_secs)
            setup.server.pause()
            time.sleep(secs)
            setup.server.cont()
            resumed.append(time.monotonic())
        loaded.wait_until_finished()
        died = loaded.fleet.dead_logs
        logs = loaded.fleet.logs()
        collected = collect(setup)
    began = sorted(e.began for e in setup.ledger.executions)
    waits = [next(b for b in began if b > at) - at for at in resumed]
    figures.info("seconds frozen", ", ".join(f"{secs:g}" for secs in dose.frozen_secs))
    figures.at_most("first call after each (s)", max(waits), dose.claim_within_secs)
    figures.none_of("processors that ended", died)
    figures.exactly("unexpected exceptions", logs.count("Traceback"), 0)
    figures.info("fenced themselves", logs.count("event=self_fenced"))
    check_invariants(collected, figures)
    return figures
