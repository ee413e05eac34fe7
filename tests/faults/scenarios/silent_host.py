"""One host answers no call before its timeout, beside ten that answer."""

import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, processor_command
from tests.faults.scenario_setup import ScenarioSetup
from tests.waiting import eventually

_HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 12))
_SILENT = "127.0.0.12"


@dataclass(frozen=True, slots=True)
class Dose:
    """The same load, without the silent host and with it."""

    secs: float = 20.0
    """Each measurement of a steady load."""
    per_sec: float = 100.0
    """Jobs for the other hosts together."""
    backlog: int = 1_500
    """For the other hosts, all at once."""
    backlogs: int = 5
    silent_jobs: int = 5_000
    """For the silent one, all due from the start."""
    slots: int = 50
    path: str = "/200?ms=20-40"
    times: str = "real"
    keep: float = 0.8
    keep_backlog: float = 0.8


FULL = Dose()
SHORT = Dose(
    secs=1.5,
    per_sec=40,
    backlog=60,
    backlogs=1,
    silent_jobs=100,
    times="quick",
    keep_backlog=0,
)
"""Over before the silent host's first calls are: until then it has its nine tenths."""


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """A steady load to ten hosts, then a backlog for all of them."""
    figures = Figures()
    with fleet_on(setup) as fleet:
        ini = setup.ini(drain_secs=0)
        member = fleet.start(processor_command(ini, dose.slots, times=dose.times))
        fleet.wait_until_serving(member)
        steady, backlog = _steady(setup, dose), _backlogs(setup, dose)
        silent = setup.add(
            dose.silent_jobs,
            url=setup.ledger.url("/200?ms=3600000", host=_SILENT),
            timeout_secs=20,
            retries=0,
        )
        eventually(lambda: _began(setup, silent), 10, 0.1)
        steady_beside, backlog_beside = _steady(setup, dose), _backlogs(setup, dose)
        figures.info("calls without an answer", _began(setup, silent))
    figures.info("steady load (calls/s)", steady)
    figures.info("the same beside a silent host", steady_beside)
    figures.at_least("kept of it", steady_beside / steady, dose.keep)
    figures.info("backlog (calls/s)", backlog)
    figures.info("the same beside a silent host", backlog_beside)
    figures.at_least("kept of it", backlog_beside / backlog, dose.keep_backlog)
    return figures


def _steady(setup: ScenarioSetup, dose: Dose) -> float:
    """Answered calls ended per second of a steady load."""
    urls = _urls(setup, dose)
    ids: list[int] = []
    began = time.monotonic()
    while (spent := time.monotonic() - began) < dose.secs:
        due = int(spent * dose.per_sec) + 1 - len(ids)
        ids += setup.add_each([next(urls) for _ in range(due)])
        time.sleep(0.05)
    time.sleep(0.3)
    rate = _ended(setup, ids) / dose.secs
    _rest(setup, ids, dose)
    return rate


def _backlogs(setup: ScenarioSetup, dose: Dose) -> float:
    """The median of some: each is over in a second or two."""
    return statistics.median(_backlog(setup, dose) for _ in range(dose.backlogs))


def _backlog(setup: ScenarioSetup, dose: Dose) -> float:
    """Answered calls per second while there is always more to do."""
    urls = _urls(setup, dose)
    ids = setup.add_each([next(urls) for _ in range(dose.backlog)])
    _rest(setup, ids, dose)
    wanted = set(ids)
    called = [e for e in setup.ledger.executions if e.job_id in wanted]
    return len(ids) / (max(e.ended or 0 for e in called) - called[0].began)


def _urls(setup: ScenarioSetup, dose: Dose) -> Iterator[str]:
    return itertools.cycle(setup.ledger.url(dose.path, host=host) for host in _HOSTS)


def _rest(setup: ScenarioSetup, ids: list[int], dose: Dose) -> None:
    eventually(lambda: _ended(setup, ids) == len(ids), 10 + 5 * dose.secs, 0.02)


def _began(setup: ScenarioSetup, ids: list[int]) -> int:
    wanted = set(ids)
    return sum(e.job_id in wanted for e in list(setup.ledger.executions))


def _ended(setup: ScenarioSetup, ids: list[int]) -> int:
    wanted = set(ids)
    executions = list(setup.ledger.executions)
    return sum(e.job_id in wanted and e.ended is not None for e in executions)
