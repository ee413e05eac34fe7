"""One host that swallows every call until its timeout, among ten good ones."""

import itertools
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, prepared, product
from tests.faults.scenario_setup import Stage
from tests.waiting import eventually

_HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 12))
_DEAD = "127.0.0.12"


@dataclass(frozen=True, slots=True)
class Dose:
    """The same load, without the dead host and with it."""

    secs: float = 20.0
    """Each measurement of a steady load."""
    per_sec: float = 100.0
    """Jobs for the good hosts together."""
    backlog: int = 1_500
    """For the good hosts, all at once."""
    backlogs: int = 5
    dead_jobs: int = 5_000
    """For the dead one, all due from the start."""
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
    dead_jobs=100,
    times="quick",
    keep_backlog=0,
)
"""Over before the dead host's first calls are: until then it has its nine tenths."""


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """A steady load to ten hosts, then a backlog for all of them."""
    figures = Figures()
    with fleet_on(stage) as fleet:
        ini = stage.ini(drain_secs=0)
        member = fleet.start(
            product(ini, dose.slots)
            if dose.times == "real"
            else prepared(ini, dose.slots, times="quick")
        )
        fleet.serving(member)
        steady, backlog = _steady(stage, dose), _backlogs(stage, dose)
        dead = stage.add(
            dose.dead_jobs,
            url=stage.ledger.url("/200?ms=3600000", host=_DEAD),
            timeout_secs=20,
            retries=0,
        )
        eventually(lambda: _began(stage, dead), 10, 0.1)
        steady_beside, backlog_beside = _steady(stage, dose), _backlogs(stage, dose)
        figures.told("calls swallowed", _began(stage, dead))
    figures.told("steady load (calls/s)", steady)
    figures.told("the same beside a dead host", steady_beside)
    figures.at_least("kept of it", steady_beside / steady, dose.keep)
    figures.told("backlog (calls/s)", backlog)
    figures.told("the same beside a dead host", backlog_beside)
    figures.at_least("kept of it", backlog_beside / backlog, dose.keep_backlog)
    return figures


def _steady(stage: Stage, dose: Dose) -> float:
    """Good calls ended per second of a steady load."""
    urls = _good(stage, dose)
    ids: list[int] = []
    began = time.monotonic()
    while (spent := time.monotonic() - began) < dose.secs:
        due = int(spent * dose.per_sec) + 1 - len(ids)
        ids += stage.add_each([next(urls) for _ in range(due)])
        time.sleep(0.05)
    time.sleep(0.3)
    rate = _ended(stage, ids) / dose.secs
    _rest(stage, ids, dose)
    return rate


def _backlogs(stage: Stage, dose: Dose) -> float:
    """The median of some: each is over in a second or two."""
    return statistics.median(_backlog(stage, dose) for _ in range(dose.backlogs))


def _backlog(stage: Stage, dose: Dose) -> float:
    """Good calls per second while there is always more to do."""
    urls = _good(stage, dose)
    ids = stage.add_each([next(urls) for _ in range(dose.backlog)])
    _rest(stage, ids, dose)
    wanted = set(ids)
    called = [e for e in stage.ledger.executions if e.job_id in wanted]
    return len(ids) / (max(e.ended or 0 for e in called) - called[0].began)


def _good(stage: Stage, dose: Dose) -> Iterator[str]:
    return itertools.cycle(stage.ledger.url(dose.path, host=host) for host in _HOSTS)


def _rest(stage: Stage, ids: list[int], dose: Dose) -> None:
    eventually(lambda: _ended(stage, ids) == len(ids), 10 + 5 * dose.secs, 0.02)


def _began(stage: Stage, ids: list[int]) -> int:
    wanted = set(ids)
    return sum(e.job_id in wanted for e in list(stage.ledger.executions))


def _ended(stage: Stage, ids: list[int]) -> int:
    wanted = set(ids)
    executions = list(stage.ledger.executions)
    return sum(e.job_id in wanted and e.ended is not None for e in executions)
