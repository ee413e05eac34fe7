"""Connections to the database break at any byte, also around a COMMIT.

And servers close them, refuse to write or have no room for more.
"""

import contextlib
import random
import threading
import time
from dataclasses import dataclass, replace

import pymysql

from tests.faults.collected_rows import collect
from tests.faults.figures import Figures
from tests.faults.fleet import fleet_on, processor_command
from tests.faults.invariants import check_invariants
from tests.faults.load import Load
from tests.faults.proxy import ChaosProxy
from tests.faults.scenario_setup import USER, ScenarioSetup

_CONNECTIONS = f"""
SELECT ID FROM information_schema.PROCESSLIST
 WHERE USER = '{USER}' ORDER BY RAND() LIMIT 1"""


@dataclass(frozen=True, slots=True)
class Dose(Load):
    """How many connections break, and how."""

    resets: int = 500
    resets_per_sec: float = 6
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
    path: str = "/200?ms=50-500"
    rest_secs: float = 180.0


FULL = Dose()
SHORT = Dose(
    resets=20,
    resets_per_sec=10,
    killed=4,
    read_only_secs=(0.5,),
    full_secs=(),
    locked_secs=(0.5,),
    jobs=80,
    per_sec=50,
    processors=2,
    times="quick",
    rest_secs=30,
)


def run(setup: ScenarioSetup, dose: Dose = FULL) -> Figures:
    """The fleet reaches the database through the proxy, everyone else directly."""
    figures = Figures()
    with ChaosProxy(setup.server.port) as proxy, fleet_on(setup) as fleet:
        ini = setup.ini(replace(setup.db, port=proxy.port))
        command = processor_command(ini, times=dose.times)
        for _ in range(dose.processors):
            fleet.start(command)
        for member in fleet.members:
            fleet.wait_until_serving(member)
        with setup.flow(dose.jobs, dose.per_sec, dose.path) as flow:
            _break_connections(setup, proxy, dose)
            flow.join(dose.rest_secs)
            setup.all_finished(dose.rest_secs)
        died = fleet.dead_logs
        logs = fleet.logs()
    for why, count in sorted(proxy.resets.items()):
        figures.info(f"resets {why}", count)
    figures.at_least("resets", proxy.resets.total(), dose.resets)
    figures.info("ended by KILL CONNECTION", dose.killed)
    figures.info("seconds read-only", sum(dose.read_only_secs))
    figures.info("seconds without room for connections", sum(dose.full_secs))
    figures.info("seconds with the table locked", sum(dose.locked_secs))
    figures.none_of("processors that ended", died)
    figures.exactly("unexpected exceptions", logs.count("Traceback"), 0)
    figures.info("fenced themselves", logs.count("event=self_fenced"))
    collected = collect(setup)
    rescued = [
        row
        for log_rows in collected.log_rows.values()
        for row in log_rows
        if row.event == "rescued"
    ]
    figures.none_of("rescued from the living", rescued)
    check_invariants(collected, figures)
    return figures


def _break_connections(setup: ScenarioSetup, proxy: ChaosProxy, dose: Dose) -> None:
    """Break them in every way. Resets go on while the server is read-only, has no room
    for connections, or has the table locked.
    """
    proxy.do(
        lose_commits=dose.lose_commits,
        lose_committed=dose.lose_committed,
        late_commits=dose.late_commits,
    )
    ends = time.monotonic() + 3 * dose.resets / dose.resets_per_sec
    resetting = threading.Thread(target=_reset_all, args=(proxy, dose, ends))
    resetting.start()
    for _ in range(dose.killed):
        _kill_connection(setup)
        time.sleep(1 / dose.resets_per_sec)
    for secs in dose.read_only_secs:
        _with_variable(setup, "read_only", 1, secs)
    for secs in dose.full_secs:
        _with_variable(setup, "max_connections", 10, secs)
    for secs in dose.locked_secs:
        with setup.server.connect(setup.db.db) as connection:
            connection.cursor().execute("LOCK TABLES queued_job WRITE")
            time.sleep(secs)
    resetting.join()
    proxy.pass_on()


def _with_variable(
    setup: ScenarioSetup, variable: str, value: int, secs: float
) -> None:
    """Set *variable* for *secs*, by one connection: a server that is full may have no
    room for another of root's.
    """
    with setup.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT @@GLOBAL.{variable}")
        ((before,),) = cursor.fetchall()
        cursor.execute(f"SET GLOBAL {variable} = {value}")
        time.sleep(secs)
        cursor.execute(f"SET GLOBAL {variable} = {before}")


def _reset_all(proxy: ChaosProxy, dose: Dose, ends: float) -> None:
    rng = random.Random(5)
    while proxy.resets.total() < dose.resets and time.monotonic() < ends:
        proxy.reset_one()
        time.sleep(rng.expovariate(dose.resets_per_sec))


def _kill_connection(setup: ScenarioSetup) -> None:
    for row in setup.rows(_CONNECTIONS):
        with contextlib.suppress(pymysql.err.MySQLError):  # it may be gone
            setup.rows(f"KILL CONNECTION {row[0]}")
