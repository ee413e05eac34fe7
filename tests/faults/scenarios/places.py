"""kill -9 at a place of the processor's own choosing: at every step from the claim to
the record, and of those that are about to rescue.
"""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, fleet_on, prepared
from tests.faults.invariants import begun_and_unrecorded, judge
from tests.faults.kill_points import AROUND_THE_RESCUE, CLAIM_TO_RECORD
from tests.faults.scenario_setup import Stage
from tests.faults.scenarios import kills

_LOOK_SECS = 0.05


@dataclass(frozen=True, slots=True)
class Dose(kills.Dose):
    """As many jobs and processors; each dies when it comes to its place."""

    kills: int = 5
    """At each place."""
    places: tuple[str, ...] = CLAIM_TO_RECORD
    doomed: int = 3
    """So many at a time are on their way to their place; the others live on…"""
    every_secs: float = 0.0
    """…but for one that is killed this often, so that there is somebody to rescue."""
    most_secs: float = 300.0


FULL = Dose()
FULL_RESCUERS = Dose(
    jobs=4_000,
    per_sec=30,
    places=AROUND_THE_RESCUE,
    doomed=5,
    every_secs=8,
    # Who kills himself rescuing leaves it to the next, five seconds later.
    again_within_secs=60,
)
SHORT = Dose(
    jobs=160,
    per_sec=40,
    path="/200?ms=150-300",
    processors=3,
    kills=1,
    doomed=2,
    times="quick",
    again_within_secs=15,
    rest_secs=30,
    places=(
        "claim: after commit",
        "during the call",
        "record: before commit",
        "record: after commit",
    ),
    most_secs=20,
)


@dataclass
class Cast:
    """Who is to die where, and who stands in for the dead."""

    fleet: Fleet
    dose: Dose
    rng: random.Random = field(default_factory=lambda: random.Random(4))
    crashed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = [
            place for place in self.dose.places for _ in range(self.dose.kills)
        ]
        self.rng.shuffle(self._left)
        self._ini = self.fleet.stage.ini()
        self._kill_at = time.monotonic() + (self.dose.every_secs or float("inf"))

    @property
    def over(self) -> bool:
        """Everybody has come to his place."""
        return not self._left and not self._doomed

    @property
    def _doomed(self) -> list[str]:
        return [member.point for member in self.fleet.members if member.point]

    @property
    def stayed(self) -> list[str]:
        """Places nobody came to."""
        return self._left + self._doomed

    def start(self) -> None:
        """One more, doomed if enough others are not."""
        is_doomed = self._left and len(self._doomed) < self.dose.doomed
        place = self._left.pop() if is_doomed else ""
        first = {"beat": 3, "rescue": 1}.get(place.split(":")[0])
        nth = first or self.rng.randint(3, 12)
        times = self.dose.times
        self.fleet.start(prepared(self._ini, times=times, point=place, nth=nth), place)

    def look(self) -> None:
        """Bury the dead and start others; kill one who would live, if it is time."""
        for member in self.fleet.dead:
            if not member.point:
                self.crashed.append(member.said[-1500:])
            self.fleet.bury(member)
            self.start()
        if time.monotonic() > self._kill_at:
            self._kill_one()

    def _kill_one(self) -> None:
        """One that has something to be rescued."""
        for member in self.fleet.members:
            if not member.point and self.fleet.is_busy(member):
                self.fleet.kill(member)
                self.start()
                self._kill_at += self.dose.every_secs
                return


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """Processors that kill themselves, each at another place."""
    figures = Figures()
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        cast = Cast(fleet, dose)
        for _ in range(dose.processors):
            cast.start()
        _play(cast, time.monotonic() + dose.most_secs, lambda: flow.done)
        flow.stopping.set()
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
        stayed = cast.stayed
    _tell_places(evidence, figures)
    figures.none_of("places not come to", stayed)
    figures.none_of("unexpected ends", cast.crashed)
    kills.again(evidence, figures, dose.again_within_secs)
    judge(evidence, figures)
    return figures


def run_rescuers(stage: Stage) -> Figures:
    """Those that are to rescue die of it, and the others rescue them."""
    return run(stage, FULL_RESCUERS)


def _play(cast: Cast, until: float, all_inserted: Callable[[], bool]) -> None:
    while not (cast.over and (all_inserted() or cast.dose.every_secs)):
        cast.look()
        if time.monotonic() > until:
            return
        time.sleep(_LOOK_SECS)


def _tell_places(evidence: Evidence, figures: Figures) -> None:
    deaths = Counter(loss.point for loss in evidence.losses)
    begun = begun_and_unrecorded(evidence)
    for place in sorted(deaths):
        losses = [loss for loss in evidence.losses if loss.point == place]
        held = sum(len(loss.held) for loss in losses)
        called = sum(len(loss.held & begun) for loss in losses)
        figures.told(
            f"killed {place or 'somewhere'}",
            f"{deaths[place]} times, {held} held, {called} called",
        )
