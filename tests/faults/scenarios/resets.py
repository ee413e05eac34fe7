"""Connections to the database that break at any byte, also around a COMMIT, and servers
that end them, refuse to write or have no room for more.
"""

import contextlib
import random
import threading
import time
from dataclasses import dataclass, replace

import pymysql

from tests.faults.collected_rows import gather
from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, prepared, product
from tests.faults.invariants import judge
from tests.faults.proxy import ChaosProxy
from tests.faults.scenario_setup import USER, Stage

_CONNECTIONS = f"""
SELECT ID FROM information_schema.PROCESSLIST
 WHERE USER = '{USER}' ORDER BY RAND() LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Dose:
    """How many connections break, and how."""

    resets: int = 500
    per_sec: float = 6
    lose_commits: float = 0.05
    """This share of COMMITs never arrives…"""
    lose_committed: float = 0.05
    """…of this share the answer does not…"""
    late_commits: float = 0.03
    """…and this share arrives when its sender has given up."""
    killed: int = 100
    """By KILL CONNECTION, on top."""
    read_only_secs: tuple[float, ...] = (3, 10)
    full_secs: tuple[float, ...] = (5,)
    """The server takes no new connections."""
    locked_secs: tuple[float, ...] = (5, 15)
    """The table is locked, as by an ALTER."""
    jobs: int = 5_000
    flow_per_sec: float = 40
    path: str = "/200?ms=50-500"
    processors: int = 6
    times: str = "real"
    rest_secs: float = 180.0


FULL = Dose()
SHORT = Dose(
    resets=20,
    per_sec=10,
    killed=4,
    read_only_secs=(0.5,),
    full_secs=(),
    locked_secs=(0.5,),
    jobs=80,
    flow_per_sec=50,
    processors=2,
    times="quick",
    rest_secs=30,
)


def run(stage: Stage, dose: Dose = FULL) -> Figures:
    """The fleet reaches the database through the proxy, everyone else directly."""
    figures = Figures()
    with ChaosProxy(stage.server.port) as proxy, fleet_on(stage) as fleet:
        ini = stage.ini(replace(stage.db, port=proxy.port))
        command = product(ini) if dose.times == "real" else prepared(ini, times="quick")
        for _ in range(dose.processors):
            fleet.start(command)
        for member in fleet.members:
            fleet.serving(member)
        with stage.flow(dose.jobs, dose.flow_per_sec, dose.path) as flow:
            _break(stage, proxy, dose)
            flow.join(dose.rest_secs)
            stage.all_finished(dose.rest_secs)
        died = [member.said[-1500:] for member in fleet.dead]
        logs = fleet.logs()
    for why, count in sorted(proxy.resets.items()):
        figures.told(f"resets {why}", count)
    figures.at_least("resets", proxy.resets.total(), dose.resets)
    figures.told("ended by KILL CONNECTION", dose.killed)
    figures.told("seconds read-only", sum(dose.read_only_secs))
    figures.told("seconds without room for connections", sum(dose.full_secs))
    figures.told("seconds with the table locked", sum(dose.locked_secs))
    figures.none_of("processors that ended", died)
    figures.exactly("unexpected exceptions", logs.count("Traceback"), 0)
    figures.told("fenced themselves", logs.count("event=self_fenced"))
    evidence = gather(stage)
    rescued = [
        line
        for lines in evidence.lines.values()
        for line in lines
        if line.event == "rescued"
    ]
    figures.none_of("rescued from the living", rescued)
    judge(evidence, figures)
    return figures


def _break(stage: Stage, proxy: ChaosProxy, dose: Dose) -> None:
    """All of it; the resets go on while the server is unwilling."""
    proxy.do(
        lose_commits=dose.lose_commits,
        lose_committed=dose.lose_committed,
        late_commits=dose.late_commits,
    )
    ends = time.monotonic() + 3 * dose.resets / dose.per_sec
    resetting = threading.Thread(target=_reset_all, args=(proxy, dose, ends))
    resetting.start()
    for _ in range(dose.killed):
        _kill_connection(stage)
        time.sleep(1 / dose.per_sec)
    for secs in dose.read_only_secs:
        _while(stage, "read_only", 1, secs)
    for secs in dose.full_secs:
        _while(stage, "max_connections", 10, secs)
    for secs in dose.locked_secs:
        with stage.server.connect(stage.db.db) as connection:
            connection.cursor().execute("LOCK TABLES queued_job WRITE")
            time.sleep(secs)
    resetting.join()
    proxy.pass_on()


def _while(stage: Stage, variable: str, value: int, secs: float) -> None:
    before = stage.number(f"SELECT @@GLOBAL.{variable}")
    stage.server.command(f"SET GLOBAL {variable} = {value}")
    time.sleep(secs)
    stage.server.command(f"SET GLOBAL {variable} = {before}")


def _reset_all(proxy: ChaosProxy, dose: Dose, ends: float) -> None:
    rng = random.Random(5)
    while proxy.resets.total() < dose.resets and time.monotonic() < ends:
        proxy.reset_one()
        time.sleep(rng.expovariate(dose.per_sec))


def _kill_connection(stage: Stage) -> None:
    for row in stage.rows(_CONNECTIONS):
        with contextlib.suppress(pymysql.err.MySQLError):  # it may be gone
            stage.rows(f"KILL CONNECTION {row[0]}")
