"""Processors as processes of their own, killed, stopped and started again.

When one dies, what it held is read from the database: the attempts that were claimed
and not recorded at that moment. Only those may be called a second time.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from tests.cli.run_program import environment
from tests.faults.fork_server import Hatched
from tests.faults.scenario_setup import Stage
from tests.waiting import eventually

_HELD = """
SELECT j.id, j.attempts FROM queued_job AS j
  JOIN queued_job_processor AS p ON p.id = j.claimed_by WHERE p.name = '{}'"""
_ALIVE = "SELECT COUNT(*) FROM queued_job_processor WHERE name = '{}'"
_PREPARED = "tests.faults.processor_main"
_SETTLE_SECS = 0.2
"""For what a dead process had sent to take effect."""

Process = Union["subprocess.Popen[bytes]", Hatched]


@dataclass(frozen=True, slots=True)
class Loss:
    """A processor that died or stopped, and what it held."""

    name: str
    at: float
    """`time.monotonic()`"""
    held: frozenset[tuple[int, int]]
    """(job, attempt), claimed and not recorded."""
    point: str = ""
    """Where it killed itself."""


@dataclass
class Member:
    """One process of the fleet."""

    popen: Process
    log: Path
    point: str = ""

    @property
    def name(self) -> str:
        """As the table of processors has it."""
        return f"{socket.gethostname()}:{self.popen.pid}"

    @property
    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)


@dataclass
class Fleet:
    """The processes, in places that are filled again when one dies."""

    stage: Stage
    members: list[Member] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, command: Sequence[str], point: str = "") -> Member:
        """One more processor."""
        log = self.stage.folder / f"{time.monotonic_ns()}.log"
        log.touch()
        hatchery = self.stage.hatchery
        if hatchery is not None and command[0] == _PREPARED:
            popen: Process = hatchery.hatch(command[1:], self.stage.folder, log)
        else:
            popen = self._spawn(command, log)
        member = Member(popen, log, point)
        self.members.append(member)
        return member

    def _spawn(self, command: Sequence[str], log: Path) -> Process:
        with log.open("wb") as err:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.stage.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
            )

    def serving(self, member: Member, timeout_secs: float = 30) -> None:
        """Wait until *member* is in the table."""
        asked = _ALIVE.format(member.name)

        def is_there() -> bool:
            assert member.popen.poll() is None, f"it ended: {member.said[-2000:]}"
            return self.stage.number(asked) == 1

        eventually(is_there, timeout_secs, 0.1)

    def is_busy(self, member: Member, least: int = 1) -> bool:
        """Does it hold jobs?"""
        return len(self.stage.rows(_HELD.format(member.name))) >= least

    def kill(self, member: Member) -> Loss:
        """SIGKILL, and what it left behind."""
        member.signal(signal.SIGKILL)
        return self.bury(member)

    def bury(self, member: Member) -> Loss:
        """*member* is dying or dead: what it left behind."""
        member.popen.wait(10)
        self.members.remove(member)
        return self.held_by(member)

    def stop(self, member: Member) -> Loss:
        """SIGSTOP: everything it has begun stands still."""
        member.signal(signal.SIGSTOP)
        return self.held_by(member)

    def held_by(self, member: Member) -> Loss:
        """What *member*, struck just now, has in its hands."""
        at = time.monotonic()
        time.sleep(_SETTLE_SECS)
        held = self.stage.rows(_HELD.format(member.name))
        pairs = frozenset((int(str(job)), int(str(attempt))) for job, attempt in held)
        loss = Loss(member.name, at, pairs, member.point)
        self.losses.append(loss)
        return loss

    @property
    def dead(self) -> list[Member]:
        """Those that have ended and are not buried."""
        return [member for member in self.members if member.popen.poll() is not None]

    def logs(self) -> str:
        """What all its processes said, the dead ones included."""
        texts = [
            path.read_text(errors="replace") for path in self.stage.folder.glob("*.log")
        ]
        return "\n".join(texts)

    def close(self) -> None:
        """End all that still run, in good order if they can."""
        for member in self.members:
            member.signal(signal.SIGCONT)
            member.signal(signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            eventually(lambda: len(self.dead) == len(self.members), 10, 0.05)
        for member in self.members:
            member.signal(signal.SIGKILL)
            member.popen.wait(10)


@contextlib.contextmanager
def fleet_on(stage: Stage) -> Iterator[Fleet]:
    """A fleet that ends with the block."""
    fleet = Fleet(stage)
    try:
        yield fleet
    finally:
        fleet.close()


def product(ini: Path, slots: int = 8) -> list[str]:
    """The program as it is shipped."""
    return ["sq_console", str(ini), "--no-ui", "-n", str(slots)]


def prepared(ini: Path, slots: int = 8, **how: object) -> list[str]:
    """The program with shortened times or a fail point: see `processor_main`."""
    options = [f"--{key}={value}" for key, value in how.items() if value]
    return [_PREPARED, str(ini), f"--slots={slots}", *options]
