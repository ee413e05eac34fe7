"""Calls cancelled by a deadline or an operator leave no slot, connection or file."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sq_console.model import JobFilter, JobState, Seen
from sq_console.store import open_store
from tests.faults.collected_rows import collect
from tests.faults.figures import Figures
from tests.faults.fleet import Member, fleet_on, processor_command
from tests.faults.invariants import check_invariants
from tests.faults.scenario_setup import ScenarioSetup
from tests.handler import HandlerServer
from tests.waiting import eventually

_KILLED = "SELECT COUNT(*) FROM queued_job WHERE state = 'killed'"
_RUNNING = "SELECT running FROM queued_job_processor"


@dataclass(frozen=True, slots=True)
class Dose:
    """How many calls end how."""

    timed_out: int = 500
    killed: int = 500
    calls_after: int = 1_000
    """Calls after them, which are to find nothing changed."""
    slots: int = 50
    times: str = "real"
    abort_within_secs: float = 2.0
    """A kill that was asked for has ended its job within this."""
    rest_secs: float = 120.0


FULL = Dose()
SHORT = Dose(
    timed_out=16, killed=16, calls_after=60, slots=20, times="quick", rest_secs=30
)


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """One processor; a handler that never answers, then one that does."""
    figures = Figures()
    with HandlerServer() as handler, fleet_on(setup) as fleet:
        ini = setup.ini(per_host=dose.slots)
        member = fleet.start(processor_command(ini, dose.slots, times=dose.times))
        fleet.wait_until_serving(member)
        setup.add(dose.slots, url=handler.url("/ok"))  # every pool is warm
        setup.all_finished(30)
        _zero_or_last(
            lambda: handler.open_connections
        )  # those kept alive are files too
        before = _files(member), _rss_mb(member)

        silent = handler.url("/silent")
        setup.add(dose.timed_out, url=silent, timeout_secs=1, retries=0)
        setup.all_finished(dose.rest_secs)
        setup.add(dose.killed, url=silent, timeout_secs=3_000)
        worst = _kill_all(setup, dose)

        eventually(lambda: setup.number(_RUNNING) == 0, 15, 0.2)
        figures.at_most("kill to end (s, worst)", worst, dose.abort_within_secs)
        figures.exactly("slots stuck", setup.number(_RUNNING), 0)
        stuck = _zero_or_last(lambda: handler.open_connections)
        figures.exactly("connections stuck", stuck, 0)

        began = time.monotonic()
        job_ids = setup.add(dose.calls_after, url=handler.url("/ok"))
        setup.all_finished(dose.rest_secs)
        figures.info(
            "the next, per second", dose.calls_after / (time.monotonic() - began)
        )
        _zero_or_last(lambda: handler.open_connections)
        figures.at_most("files more than before", _files(member) - before[0], 5)
        figures.at_most("memory more than before (MB)", _rss_mb(member) - before[1], 30)
        collected = collect(setup)
    ends = Counter(
        row.event for log_rows in collected.log_rows.values() for row in log_rows
    )
    figures.exactly("cancelled by the deadline", ends["timed_out"], dose.timed_out)
    figures.exactly("cancelled by a kill", ends["killed"], dose.killed)
    ended = [collected.jobs[job_id].state for job_id in job_ids]
    figures.exactly(
        "of the next, succeeded", ended.count("succeeded"), dose.calls_after
    )
    figures.exactly(
        "of the next, called once",
        sum(handler.calls[job_id] == 1 for job_id in job_ids),
        dose.calls_after,
    )
    check_invariants(collected, figures)
    return figures


def _kill_all(setup: ScenarioSetup, dose: Dose) -> float:
    """Kill what runs until all are killed; the longest a kill took, in seconds."""
    store = open_store(setup.db)
    asked: dict[int, float] = {}
    took: dict[int, float] = {}
    ends = time.monotonic() + dose.rest_secs
    while setup.number(_KILLED) < dose.killed and time.monotonic() < ends:
        for job in store.reads.jobs(JobFilter(state=JobState.RUNNING)).jobs:
            if job.id not in asked:
                seen = Seen(job.id, JobState.RUNNING, job.attempts)
                if store.actions.kill(seen, "op@test").done:
                    asked[job.id] = time.monotonic()
        for job in store.reads.jobs(JobFilter(state=JobState.KILLED)).jobs:
            if job.id in asked:
                took.setdefault(job.id, time.monotonic() - asked[job.id])
        time.sleep(0.05)
    store.close()
    return max(took.values(), default=float("inf"))


def _zero_or_last(number: Callable[[], int]) -> int:
    """Wait for *number* to come to 0; what it is then, or after five seconds."""
    try:
        eventually(lambda: number() == 0, 5, 0.1)
    except AssertionError:
        return number()
    return 0


def _files(member: Member) -> int:
    return len(list(Path(f"/proc/{member.process.pid}/fd").iterdir()))


def _rss_mb(member: Member) -> float:
    pages = Path(f"/proc/{member.process.pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / 1e6
