"""Processors are asked to end at work: no job stays claimed, none is dropped."""

import random
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.collected_rows import Collected, collect
from tests.faults.figures import Figures
from tests.faults.fleet import Fault, Fleet, Member
from tests.faults.invariants import check_invariants
from tests.faults.load import Load, loaded_fleet
from tests.faults.scenario_setup import ScenarioSetup
from tests.waiting import eventually

_STILL_HELD = """
SELECT COUNT(*) FROM queued_job AS j LEFT JOIN queued_job_processor AS p
    ON p.id = j.claimed_by
 WHERE j.claimed_by IS NOT NULL AND (p.id IS NULL OR p.name = '{}')"""
_SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """How often, and how long they may take."""

    rounds: int = 20
    drain_secs: int = 3
    slack_secs: float = 2.0
    """For aborting calls, releasing jobs and leaving, after `drain_secs`."""
    jobs: int = 700
    per_sec: float = 7
    path: str = "/200?ms=100-6000"
    """Half of the calls take longer than a drain."""
    processors: int = 4
    call_within_secs: float = 5.0


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
    fault: Fault


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """One processor is asked to end, another takes its place, again and again."""
    rng = random.Random(7)
    figures = Figures()
    ends: list[End] = []
    with loaded_fleet(setup, dose, drain_secs=dose.drain_secs) as loaded:
        for _ in range(dose.rounds):
            member = loaded.fleet.members[0]
            loaded.fleet.wait_until_serving(member)
            eventually(lambda m=member: loaded.fleet.is_busy(m, 2), 20, 0.1)  # type: ignore[misc]
            ends.append(_end(setup, loaded.fleet, member, rng))
            loaded.start_one()
        loaded.wait_until_finished()
        collected = collect(setup, loaded.fleet.faults)
        figures.exactly(
            "unexpected exceptions", loaded.fleet.logs().count("Traceback"), 0
        )
    _add_figures(collected, ends, dose, figures)
    check_invariants(collected, figures)
    return figures


def _end(setup: ScenarioSetup, fleet: Fleet, member: Member, rng: random.Random) -> End:
    began = time.monotonic()
    member.signal(rng.choice(_SIGNALS))
    fault = fleet.record_fault(member)
    if rng.random() < 0.5:  # further signals change nothing
        for _ in range(4):
            member.signal(signal.SIGTERM)
    code = member.process.wait(60)
    took_secs = time.monotonic() - began
    fleet.members.remove(member)
    left = setup.number(_STILL_HELD.format(member.name))
    return End(code, took_secs, left, fault)


def _add_figures(
    collected: Collected, ends: list[End], dose: Dose, figures: Figures
) -> None:
    figures.info("asked to end", len(ends))
    figures.none_of("exit codes other than 0", [end for end in ends if end.code])
    figures.exactly("held after the end", sum(end.left for end in ends), 0)
    figures.at_most(
        "end took (s, worst)",
        max(end.took_secs for end in ends),
        dose.drain_secs + dose.slack_secs,
    )
    held = {pair for end in ends for pair in end.fault.held}
    how = [
        row.event
        for job_id, attempt in held
        for row in collected.log_rows[job_id]
        if row.attempt == attempt and row.event != "called"
    ]
    figures.info("in flight when asked", len(held))
    figures.info("of these finished", how.count("succeeded"))
    figures.info("of these released", how.count("released"))
    figures.exactly("of these neither", len(held) - len(how), 0)
    figures.exactly("of these rescued later", how.count("rescued"), 0)
    figures.at_most(
        "released to next call (s, worst)",
        max(_waits(collected, ends), default=0.0),
        dose.call_within_secs,
    )


def _waits(collected: Collected, ends: list[End]) -> Iterator[float]:
    """From the processor's end to the next call of the jobs it released."""
    for end in ends:
        ended = end.fault.at + end.took_secs
        for job_id, attempt in end.fault.held:
            for execution in collected.executions.get(job_id, ()):
                if execution.attempt == attempt + 1:
                    yield execution.began - ended
