"""kill -9: of any processor at any time, and of each at a place of its own choosing."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.evidence import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, Loss, Member, fleet_on, prepared, product
from tests.faults.oracle import begun_and_unrecorded, judge
from tests.faults.points import AROUND_THE_RESCUE, CLAIM_TO_RECORD
from tests.faults.stage import Stage

_LOOK_SECS = 0.05


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


@dataclass(frozen=True, slots=True)
class PointsDose(Dose):
    """The same; each processor dies when it comes to its place."""

    kills: int = 5
    """At each place."""
    points: tuple[str, ...] = CLAIM_TO_RECORD
    doomed: int = 3
    """So many at a time are on their way to their place; the others live on."""
    most_secs: float = 400.0


FULL_POINTS = PointsDose(jobs=8_000, per_sec=40)
FULL_RESCUERS = PointsDose(
    jobs=4_000,
    per_sec=20,
    points=AROUND_THE_RESCUE,
    doomed=6,
    # Who kills himself rescuing leaves it to the next, five seconds later.
    again_within_secs=60,
)
SHORT_POINTS = PointsDose(
    jobs=400,
    per_sec=40,
    path="/200?ms=150-300",
    processors=3,
    kills=1,
    doomed=2,
    times="quick",
    again_within_secs=15,
    rest_secs=30,
    points=(
        "claim: after commit",
        "during the call",
        "record: before commit",
        "record: after commit",
    ),
    most_secs=20,
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
    _again(evidence, figures, dose.again_within_secs)
    judge(evidence, figures)
    return figures


def run_points(stage: Stage, dose: PointsDose = FULL_POINTS) -> Figures:
    """Processors that kill themselves, each at another place."""
    rng = random.Random(4)
    figures = Figures()
    left = [point for point in dose.points for _ in range(dose.kills)]
    crashed: list[str] = []
    rng.shuffle(left)
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini()

        def start() -> None:
            doomed = sum(member.point != "" for member in fleet.members)
            point = left.pop() if left and doomed < dose.doomed else ""
            nth = {"beat": 3, "rescue": 1}.get(point.split(":")[0]) or rng.randint(
                3, 12
            )
            command = prepared(ini, times=dose.times, point=point, nth=nth)
            fleet.start(command, point)

        for _ in range(dose.processors):
            start()
        ends = time.monotonic() + dose.most_secs
        while any(member.point for member in fleet.members):
            for member in _dead(fleet):
                if not member.point:
                    crashed.append(member.said[-1500:])
                fleet.bury(member)
                start()
            if time.monotonic() > ends:
                break
            time.sleep(_LOOK_SECS)
        flow.stopping.set()
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
        stayed = [member.point for member in fleet.members if member.point]
    _tell_points(evidence, figures)
    figures.none_of("places not come to", stayed)
    figures.none_of("unexpected ends", crashed)
    _again(evidence, figures, dose.again_within_secs)
    judge(evidence, figures)
    return figures


def run_rescuers(stage: Stage) -> Figures:
    """Those that are to rescue die of it, and the others rescue them."""
    return run_points(stage, FULL_RESCUERS)


def _dead(fleet: Fleet) -> list[Member]:
    return [member for member in fleet.members if member.popen.poll() is not None]


def _crashed(fleet: Fleet) -> Iterator[str]:
    for member in _dead(fleet):
        yield f"{member.name}: {member.popen.returncode}: {member.said[-1500:]}"


def _tell_points(evidence: Evidence, figures: Figures) -> None:
    kills = Counter(loss.point for loss in evidence.losses)
    begun = begun_and_unrecorded(evidence)
    for point in sorted(kills):
        losses = [loss for loss in evidence.losses if loss.point == point]
        held = sum(len(loss.held) for loss in losses)
        called = sum(len(loss.held & begun) for loss in losses)
        figures.told(
            f"at {point!r}", f"{kills[point]} kills, {held} held, {called} called"
        )


def _again(evidence: Evidence, figures: Figures, within_secs: float) -> None:
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
