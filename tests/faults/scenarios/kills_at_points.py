"""Processors die at a chosen step from the claim to the record, or before a rescue."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, altered_command, fleet_on
from tests.faults.invariants import begun_and_unrecorded, check_invariants
from tests.faults.kill_points import AROUND_THE_RESCUE, CLAIM_TO_RECORD
from tests.faults.scenario_setup import ScenarioSetup
from tests.faults.scenarios import kills

_PAUSE_SECS = 0.05


@dataclass(frozen=True, slots=True)
class Dose(kills.Dose):
    """As many jobs and processors; each dies when it reaches its kill point."""

    kills: int = 5
    """At each kill point."""
    points: tuple[str, ...] = CLAIM_TO_RECORD
    doomed: int = 3
    """So many at a time are to reach a kill point; the others live on…"""
    every_secs: float = 0.0
    """…but for one that is killed this often, so that there are jobs to rescue."""
    most_secs: float = 300.0


FULL = Dose()
FULL_RESCUERS = Dose(
    jobs=4_000,
    per_sec=30,
    points=AROUND_THE_RESCUE,
    doomed=5,
    every_secs=8,
    # A rescuer that dies leaves the rescue to the next, five seconds later.
    reclaim_within_secs=60,
)
SHORT = Dose(
    jobs=160,
    per_sec=40,
    path="/200?ms=150-300",
    processors=3,
    kills=1,
    doomed=2,
    times="quick",
    reclaim_within_secs=15,
    rest_secs=30,
    points=(
        "claim: after commit",
        "during the call",
        "record: before commit",
        "record: after commit",
    ),
    most_secs=20,
)


@dataclass
class KillPlan:
    """Which processors are to die at which kill point, and who replaces the dead."""

    fleet: Fleet
    dose: Dose
    rng: random.Random = field(default_factory=lambda: random.Random(4))
    unexpected_ends: list[str] = field(default_factory=list)
    """How the logs end of those that died at no kill point."""

    def __post_init__(self) -> None:
        self._left = [
            point for point in self.dose.points for _ in range(self.dose.kills)
        ]
        self.rng.shuffle(self._left)
        self._ini = self.fleet.setup.ini()
        self._kill_at = time.monotonic() + (self.dose.every_secs or float("inf"))

    @property
    def is_over(self) -> bool:
        """Every doomed processor has reached its kill point."""
        return not self._left and not self._doomed

    @property
    def _doomed(self) -> list[str]:
        return [member.kill_point for member in self.fleet.members if member.kill_point]

    @property
    def never_reached(self) -> list[str]:
        """Kill points that no processor reached."""
        return self._left + self._doomed

    def start_one(self) -> None:
        """Start one more processor, doomed if enough others are not."""
        is_doomed = self._left and len(self._doomed) < self.dose.doomed
        point = self._left.pop() if is_doomed else ""
        first = {"beat": 3, "rescue": 1}.get(point.split(":")[0])
        nth = first or self.rng.randint(3, 12)
        command = altered_command(
            self._ini, times=self.dose.times, kill_point=point, nth=nth
        )
        self.fleet.start(command, point)

    def replace_dead(self) -> None:
        """Reap the dead and start others; kill one that would live, if it is time."""
        for member in self.fleet.dead:
            if not member.kill_point:
                self.unexpected_ends.append(member.log_text[-1500:])
            self.fleet.reap(member)
            self.start_one()
        if time.monotonic() > self._kill_at:
            self._kill_busy_one()

    def _kill_busy_one(self) -> None:
        """Kill one whose jobs are to be rescued."""
        for member in self.fleet.members:
            if not member.kill_point and self.fleet.is_busy(member):
                self.fleet.kill(member)
                self.start_one()
                self._kill_at += self.dose.every_secs
                return


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """Processors that kill themselves, each at another kill point."""
    figures = Figures()
    with (
        fleet_on(setup) as fleet,
        setup.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        plan = KillPlan(fleet, dose)
        for _ in range(dose.processors):
            plan.start_one()
        _carry_out(plan, time.monotonic() + dose.most_secs, lambda: flow.done)
        flow.stopping.set()
        setup.all_finished(dose.rest_secs)
        collected = collect(setup, fleet.faults)
        never_reached = plan.never_reached
    _add_kill_counts(collected, figures)
    figures.none_of("kill points never reached", never_reached)
    figures.none_of("unexpected ends", plan.unexpected_ends)
    kills.check_reclaims(collected, figures, dose.reclaim_within_secs)
    check_invariants(collected, figures)
    return figures


def run_rescuers(setup: ScenarioSetup) -> Figures:
    """Processors that are about to rescue die of it, and the others rescue them."""
    return run(setup, FULL_RESCUERS)


def _carry_out(plan: KillPlan, until: float, all_inserted: Callable[[], bool]) -> None:
    while not (plan.is_over and (all_inserted() or plan.dose.every_secs)):
        plan.replace_dead()
        if time.monotonic() > until:
            return
        time.sleep(_PAUSE_SECS)


def _add_kill_counts(collected: Collected, figures: Figures) -> None:
    deaths = Counter(fault.kill_point for fault in collected.faults)
    begun = begun_and_unrecorded(collected)
    for point in sorted(deaths):
        faults = [fault for fault in collected.faults if fault.kill_point == point]
        held = sum(len(fault.held) for fault in faults)
        called = sum(len(fault.held & begun) for fault in faults)
        figures.info(
            f"killed {point or 'anywhere'}",
            f"{deaths[point]} times, {held} held, {called} called",
        )
