"""Processors are suspended (SIGSTOP) and go on later as if no time had passed.

That is a frozen machine, a debugger, a guest that was swapped out.
"""

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.fleet import Fault, Fleet, Member
from tests.faults.invariants import check_invariants, ends_of
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup
from tests.waiting import eventually


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """For how long processors are suspended."""

    suspended_secs: tuple[float, ...] = (5, 20, 35, 90)
    """One processor each; the others go on."""
    dead_after_secs: float = 35.0
    """A processor that was suspended for this long has lost its jobs to a rescue."""
    jobs: int = 4_000
    per_sec: float = 35
    path: str = "/200?ms=200-1000"
    late_secs: float = 3.0
    """For late outcomes to be written, if they are."""
    rest_secs: float = 60.0


FULL = Dose()
SHORT = Dose(
    suspended_secs=(0.8, 5),
    processors=3,
    dead_after_secs=4,
    jobs=120,
    per_sec=50,
    path="/200?ms=100-400",
    times="quick",
    late_secs=1,
    rest_secs=30,
)


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """Suspend some at once; each resumes when its time is over."""
    figures = Figures()
    with loaded_fleet(setup, dose) as loaded:
        loaded.wait_until_serving()
        eventually(lambda: len(setup.ledger.executions) > 50, 20)
        suspended = [
            (secs, member, _suspend_at_work(loaded.fleet, member))
            for secs, member in zip(
                dose.suspended_secs, loaded.fleet.members, strict=False
            )
        ]
        for secs, member, fault in suspended:
            time.sleep(max(0.0, fault.at + secs - time.monotonic()))
            member.signal(signal.SIGCONT)
        time.sleep(dose.late_secs)
        loaded.wait_until_finished()
        collected = collect(setup, loaded.fleet.faults)
        logs = {member.name: member.log_text for _, member, _ in suspended}
        ended = loaded.fleet.dead_logs
    figures.none_of("processors that ended", ended)
    for secs, member, fault in suspended:
        _add_figures(collected, figures, secs, fault, logs[member.name], dose)
    check_invariants(collected, figures)
    return figures


def _suspend_at_work(fleet: Fleet, member: Member) -> Fault:
    """Suspend *member* until it is caught while it holds jobs."""
    for _ in range(50):
        fault = fleet.suspend(member)
        if fault.held:
            return fault
        fleet.faults.remove(fault)
        member.signal(signal.SIGCONT)
        time.sleep(0.1)
    raise AssertionError("it never holds a job")


def _add_figures(
    collected: Collected,
    figures: Figures,
    secs: float,
    fault: Fault,
    log: str,
    dose: Dose,
) -> None:
    was_dead = secs >= dose.dead_after_secs
    ends = [
        (pair, tuple(ends_of(collected.log_rows[pair[0]]).get(pair[1], ())))
        for pair in sorted(fault.held)
    ]
    rescued = [end for end in ends if end[1] == ("rescued",)]
    figures.info(f"suspended {secs:g} s: held, rescued", f"{len(ends)}, {len(rescued)}")
    if not was_dead:
        figures.none_of(f"suspended {secs:g} s: rescued", rescued)
        return
    late = log.count("event=outcome_lost")
    figures.info(f"suspended {secs:g} s: late outcomes dropped", late)
    figures.at_least(f"suspended {secs:g} s: rescued", len(rescued), 1)
    figures.none_of(
        f"suspended {secs:g} s: late outcomes written", _late(collected, fault)
    )


def _late(collected: Collected, fault: Fault) -> Iterator[str]:
    """Rows of attempts that had been rescued. One whose row was locked by a transaction
    that was suspended as well may have been left to its processor.
    """
    for job_id, attempt in fault.held:
        rows = [row for row in collected.log_rows[job_id] if row.attempt == attempt]
        if any(row.event == "rescued" for row in rows):
            yield from (f"{row}" for row in rows if row.event != "rescued")
