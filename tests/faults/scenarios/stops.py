"""Processors that stand still (SIGSTOP: a frozen machine, a debugger, a swapped-out
guest) and go on later, believing that no time has passed.
"""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Evidence, gather
from tests.faults.figures import Figures
from tests.faults.fleet import Fleet, Loss, Member, fleet_on, prepared, product
from tests.faults.invariants import ends_of, judge
from tests.faults.scenario_setup import Stage
from tests.waiting import eventually


@dataclass(frozen=True, slots=True)
class Dose:
    """Who stands still for how long."""

    stop_secs: tuple[float, ...] = (5, 20, 35, 90)
    """One processor each…"""
    others: int = 2
    """…and these go on."""
    dead_after_secs: float = 35.0
    """A processor that stood still for this long has been rescued from."""
    jobs: int = 4_000
    per_sec: float = 35
    path: str = "/200?ms=200-1000"
    times: str = "real"
    late_secs: float = 3.0
    """For late outcomes to be written, if they are."""
    rest_secs: float = 60.0


FULL = Dose()
SHORT = Dose(
    stop_secs=(0.8, 5),
    others=1,
    dead_after_secs=4,
    jobs=120,
    per_sec=50,
    path="/200?ms=100-400",
    times="quick",
    late_secs=1,
    rest_secs=30,
)


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """Stop some at once, let each go on in its time."""
    figures = Figures()
    with (
        fleet_on(stage) as fleet,
        stage.flow(dose.jobs, dose.per_sec, dose.path) as flow,
    ):
        ini = stage.ini()
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(len(dose.stop_secs) + dose.others):
            fleet.start(command)
        for member in fleet.members:
            fleet.serving(member)
        eventually(lambda: len(stage.ledger.executions) > 50, 20)
        stopped = [
            (secs, member, _stop_at_work(fleet, member))
            for secs, member in zip(dose.stop_secs, fleet.members, strict=False)
        ]
        for secs, member, loss in stopped:
            time.sleep(max(0.0, loss.at + secs - time.monotonic()))
            member.signal(signal.SIGCONT)
        time.sleep(dose.late_secs)
        flow.join(dose.rest_secs)
        stage.all_finished(dose.rest_secs)
        evidence = gather(stage, fleet.losses)
        said = {member.name: member.said for _, member, _ in stopped}
        ended = [member.said[-1500:] for member in fleet.dead]
    figures.none_of("processors that ended", ended)
    for secs, member, loss in stopped:
        _tell(evidence, figures, secs, loss, said[member.name], dose)
    judge(evidence, figures)
    return figures


def _stop_at_work(fleet: Fleet, member: Member) -> Loss:
    """Stop it until it is caught with something in its hands."""
    for _ in range(50):
        loss = fleet.stop(member)
        if loss.held:
            return loss
        fleet.losses.remove(loss)
        member.signal(signal.SIGCONT)
        time.sleep(0.1)
    raise AssertionError("it is never at work")


def _tell(
    evidence: Evidence, figures: Figures, secs: float, loss: Loss, said: str, dose: Dose
) -> None:
    was_dead = secs >= dose.dead_after_secs
    ends = [
        (pair, tuple(ends_of(evidence.lines[pair[0]]).get(pair[1], ())))
        for pair in sorted(loss.held)
    ]
    rescued = [end for end in ends if end[1] == ("rescued",)]
    figures.told(f"stopped {secs:g} s: held, rescued", f"{len(ends)}, {len(rescued)}")
    if not was_dead:
        figures.none_of(f"stopped {secs:g} s: rescued", rescued)
        return
    late = said.count("event=outcome_lost")
    figures.told(f"stopped {secs:g} s: late outcomes dropped", late)
    figures.at_least(f"stopped {secs:g} s: rescued", len(rescued), 1)
    figures.none_of(f"stopped {secs:g} s: late outcomes written", _late(evidence, loss))


def _late(evidence: Evidence, loss: Loss) -> Iterator[str]:
    """Rows of attempts that had been rescued. One whose row was locked by a transaction
    that stood still as well may have been left to its processor.
    """
    for job_id, attempt in loss.held:
        rows = [line for line in evidence.lines[job_id] if line.attempt == attempt]
        if any(row.event == "rescued" for row in rows):
            yield from (f"{row}" for row in rows if row.event != "rescued")
