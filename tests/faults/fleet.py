"""Processors as processes of their own, killed, stopped and started again.

When one dies, what it held is read from the database: the attempts that were claimed
and not recorded at that moment. Only those may be called a second time.
"""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from tests.cli.run_program import environment
from tests.faults.fork_server import ForkedProcess
from tests.faults.scenario_setup import ScenarioSetup
from tests.known_passwords import assert_no_password_in_logs
from tests.waiting import eventually

_HELD = """
SELECT j.id, j.attempts FROM queued_job AS j
  JOIN queued_job_processor AS p ON p.id = j.claimed_by WHERE p.name = '{}'"""
_ALIVE = "SELECT COUNT(*) FROM queued_job_processor WHERE name = '{}'"
_ALTERED_PROGRAM = "tests.faults.processor_main"
_EFFECT_SECS = 0.2
"""For what a dead process had sent to take effect."""

Process = Union["subprocess.Popen[bytes]", ForkedProcess]


@dataclass(frozen=True, slots=True)
class Fault:
    """A processor that died or was suspended, and what it held at that moment."""

    name: str
    at: float
    """`time.monotonic()`"""
    held: frozenset[tuple[int, int]]
    """(job, attempt), claimed and not recorded."""
    kill_point: str = ""
    """Where it killed itself."""


@dataclass
class Member:
    """One process of the fleet."""

    process: Process
    log: Path
    kill_point: str = ""
    """Where it is to kill itself."""

    @property
    def name(self) -> str:
        """As the table of processors has it."""
        return f"{socket.gethostname()}:{self.process.pid}"

    @property
    def log_text(self) -> str:
        """Its log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


@dataclass
class Fleet:
    """The processes, in places that are filled again when one dies."""

    setup: ScenarioSetup
    members: list[Member] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def start(self, command: Sequence[str], kill_point: str = "") -> Member:
        """One more processor."""
        log = self.setup.folder / f"{time.monotonic_ns()}.log"
        log.touch()
        fork_server = self.setup.fork_server
        if fork_server is not None and command[0] == _ALTERED_PROGRAM:
            process: Process = fork_server.fork(command[1:], self.setup.folder, log)
        else:
            process = self._spawn(command, log)
        member = Member(process, log, kill_point)
        self.members.append(member)
        return member

    def _spawn(self, command: Sequence[str], log: Path) -> Process:
        with log.open("wb") as err:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=self.setup.folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
            )

    def wait_until_serving(self, member: Member, timeout_secs: float = 30) -> None:
        """Wait until *member* is in the table."""
        asked = _ALIVE.format(member.name)

        def is_there() -> bool:
            assert member.process.poll() is None, f"it ended: {member.log_text[-2000:]}"
            return self.setup.number(asked) == 1

        eventually(is_there, timeout_secs, 0.1)

    def is_busy(self, member: Member, least: int = 1) -> bool:
        """Does it hold jobs?"""
        return len(self.setup.rows(_HELD.format(member.name))) >= least

    def kill(self, member: Member) -> Fault:
        """End *member* with SIGKILL."""
        member.signal(signal.SIGKILL)
        return self.reap(member)

    def reap(self, member: Member) -> Fault:
        """Wait for the end of *member*, which is dying, and note what it held."""
        member.process.wait(10)
        self.members.remove(member)
        return self.record_fault(member)

    def suspend(self, member: Member) -> Fault:
        """Suspend *member* with SIGSTOP: everything it has begun stands still."""
        member.signal(signal.SIGSTOP)
        return self.record_fault(member)

    def record_fault(self, member: Member) -> Fault:
        """Note what *member*, struck just now, holds: claimed and not recorded."""
        at = time.monotonic()
        time.sleep(_EFFECT_SECS)
        held = self.setup.rows(_HELD.format(member.name))
        pairs = frozenset((int(str(job)), int(str(attempt))) for job, attempt in held)
        fault = Fault(member.name, at, pairs, member.kill_point)
        self.faults.append(fault)
        return fault

    @property
    def dead(self) -> list[Member]:
        """Members that have ended and are not reaped."""
        return [member for member in self.members if member.process.poll() is not None]

    @property
    def dead_logs(self) -> list[str]:
        """How the logs of `dead` end."""
        return [member.log_text[-1500:] for member in self.dead]

    def logs(self) -> str:
        """The logs of all processes, of the dead ones too."""
        texts = [
            path.read_text(errors="replace") for path in self.setup.folder.glob("*.log")
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
            member.process.wait(10)
        assert_no_password_in_logs(self.setup.folder)


@contextlib.contextmanager
def fleet_on(setup: ScenarioSetup) -> Iterator[Fleet]:
    """A fleet that ends with the block."""
    fleet = Fleet(setup)
    try:
        yield fleet
    finally:
        fleet.close()


def processor_command(ini: Path, slots: int = 8, *, times: str = "real") -> list[str]:
    """The program as it is shipped, or with its times shortened (`quick`)."""
    if times == "real":
        return ["sq_console", str(ini), "--no-ui", "-n", str(slots)]
    return altered_command(ini, slots, times=times)


def altered_command(ini: Path, slots: int = 8, **how: object) -> list[str]:
    """The program with shortened times or a kill point: see `processor_main`."""
    options = [f"--{key}={value}" for key, value in how.items() if value]
    return [_ALTERED_PROGRAM, str(ini), f"--slots={slots}", *options]
