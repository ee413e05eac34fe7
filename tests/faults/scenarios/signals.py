"""Processors told to end while they work: nothing stays claimed, nothing is dropped."""

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, Loss, Member, fleet_on, prepared, product
from tests.faults.invariants import judge
from tests.faults.scenario_setup import Stage
from tests.waiting import eventually

_LEFT = """
SELECT COUNT(*) FROM queued_job AS j LEFT JOIN queued_job_processor AS p
    ON p.id = j.claimed_by
 WHERE j.claimed_by IS NOT NULL AND (p.id IS NULL OR p.name = '{}')"""
_SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Dose:
    """How often, and how long they may take."""

    rounds: int = 20
    drain_secs: int = 3
    slack_secs: float = 2.0
    """For aborting, giving back and leaving, after `drain_secs`."""
    jobs: int = 700
    per_sec: float = 7
    path: str = "/200?ms=100-6000"
    """Half of the calls take longer than a drain."""
    processors: int = 4
    times: str = "real"
    again_within_secs: float = 5.0
    rest_secs: float = 120.0


FULL = Dose()
SHORT = Dose(
    rounds=2,
    drain_secs=1,
    jobs=50,
    per_sec=50,
    path="/200?ms=50-1500",
    processors=2,
    times="quick",
    rest_secs=30,
)


@dataclass(frozen=True, slots=True)
class End:
    """How a processor ended."""

    code: int
    took_secs: float
    left: int
    """Jobs it still held when it was gone."""
    loss: Loss


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """One of the fleet is told to end, another takes its place, again and again."""
    rng = random.Random(7)
    figures = Figures()
    ends: list[End] = []
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini(drain_secs=dose.drain_secs)
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(dose.processors):
            fleet.start(command)
        for _ in range(dose.rounds):
            member = fleet.members[0]
            fleet.serving(member)
            eventually(lambda m=member: fleet.is_busy(m, 2), 20, 0.1)  # type: ignore[misc]
            ends.append(_end(stage, fleet, member, rng))
            fleet.start(command)
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
        figures.exactly("unexpected exceptions", fleet.logs().count("Traceback"), 0)
    _tell(evidence, ends, dose, figures)
    judge(evidence, figures)
    return figures


def _end(stage: Stage, fleet: Fleet, member: Member, rng: random.Random) -> End:
    began = time.monotonic()
    member.signal(rng.choice(_SIGNALS))
    loss = fleet.held_by(member)
    if rng.random() < 0.5:  # impatience changes nothing
        for _ in range(4):
            member.signal(signal.SIGTERM)
    code = member.popen.wait(60)
    took_secs = time.monotonic() - began
    fleet.members.remove(member)
    left = stage.number(_LEFT.format(member.name))
    return End(code, took_secs, left, loss)


def _tell(evidence: Evidence, ends: list[End], dose: Dose, figures: Figures) -> None:
    figures.told("told to end", len(ends))
    figures.none_of("exit codes other than 0", [end for end in ends if end.code])
    figures.exactly("held after the end", sum(end.left for end in ends), 0)
    figures.at_most(
        "end took (s, worst)",
        max(end.took_secs for end in ends),
        dose.drain_secs + dose.slack_secs,
    )
    held = {pair for end in ends for pair in end.loss.held}
    how = [
        line.event
        for job_id, attempt in held
        for line in evidence.lines[job_id]
        if line.attempt == attempt and line.event != "called"
    ]
    figures.told("in flight when told", len(held))
    figures.told("of these finished", how.count("succeeded"))
    figures.told("of these given back", how.count("released"))
    figures.exactly("of these neither", len(held) - len(how), 0)
    figures.exactly("of these rescued later", how.count("rescued"), 0)
    figures.at_most(
        "given back to next call (s, worst)",
        max(_waits(evidence, ends), default=0.0),
        dose.again_within_secs,
    )


def _waits(evidence: Evidence, ends: list[End]) -> Iterator[float]:
    """From the processor's end to the next call of what it gave back."""
    for end in ends:
        ended = end.loss.at + end.took_secs
        for job_id, attempt in end.loss.held:
            for execution in evidence.executions.get(job_id, ()):
                if execution.attempt == attempt + 1:
                    yield execution.began - ended
