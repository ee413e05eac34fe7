"""The product at work, measured from outside: its log lines tell when, its process what
it cost.
"""

import contextlib
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.bench.bench_setup import TOP, Queue
from tests.waiting import eventually

_LINE = re.compile(
    r"time=(\S+) level=\w+ (?:pid=\d+ )?event=(processor_started|succeeded) "
)
_OUTCOME = re.compile(rb"event=(?:succeeded|failed|failed_temporarily|timed_out) ")
_TICK = os.sysconf("SC_CLK_TCK")
PATIENCE_SECS = 600


@dataclass(frozen=True, slots=True)
class Run:
    """What one run came to."""

    jobs: int
    secs: float
    """From the start of the first processor to the last record."""
    cpu_secs: float
    """User and system, of all its processes."""
    server_cpu_secs: float
    """The same of the database server meanwhile."""
    peak_mib: float
    """Largest resident size of one process."""

    @property
    def rate(self) -> float:
        return self.jobs / self.secs

    @property
    def cpu_us_per_job(self) -> float:
        return 1e6 * self.cpu_secs / self.jobs

    @property
    def server_cpu_us_per_job(self) -> float:
        return 1e6 * self.server_cpu_secs / self.jobs

    def without(self, idle: "Run") -> "Run":
        """This run without the CPU of one on an empty queue: of start-up and end."""
        return replace(
            self,
            cpu_secs=max(0.0, self.cpu_secs - idle.cpu_secs),
            server_cpu_secs=max(0.0, self.server_cpu_secs - idle.server_cpu_secs),
        )


def command(checkout: Path, *arguments: str) -> list[str]:
    """The program of *checkout*, run by its own interpreter if it has one."""
    # -P: another checkout in the current folder must not be imported.
    return [str(_interpreter(checkout)), "-P", "-m", "sq_console", *arguments]


def _interpreter(checkout: Path) -> Path:
    own = checkout / ".venv" / "bin" / "python"
    return own if checkout != TOP and own.exists() else Path(sys.executable)


def environment(checkout: Path) -> dict[str, str]:
    """The caller's, without settings of ours; the program of *checkout* is found."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SQ_")}
    return {**kept, "PYTHONPATH": str(checkout)}


def run_until_empty(queue: Queue, *arguments: str) -> Run:
    """Run the product until the queue is empty."""
    log, server = queue.folder / "log", queue.server.pid
    before = cpu_secs_of(server)
    with log.open("wb") as stderr:
        program = subprocess.Popen(
            command(
                queue.checkout,
                queue.ini,
                "--until-empty",
                "--log-format",
                "logfmt",
                *arguments,
            ),
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            env=environment(queue.checkout),
        )
    usage = ended(program, log)
    jobs, secs = _jobs_and_secs(log)
    cpu_secs = usage.ru_utime + usage.ru_stime
    server_cpu_secs = cpu_secs_of(server) - before
    return Run(jobs, secs, cpu_secs, server_cpu_secs, usage.ru_maxrss / 1024)


def ended(program: "subprocess.Popen[bytes]", log: Path) -> resource.struct_rusage:
    """Wait for the end of a program; what it and its children used. Raises
    RuntimeError with the end of its *log* when it failed.
    """
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode:
        raise RuntimeError(f"it ended with {program.returncode}: {_tail(log)}")
    return usage


def cpu_secs_of(pid: int) -> float:
    """User and system time of a process so far."""
    return sum(_stat(pid)[11:13]) / _TICK


def cpu_secs_with_children_of(pid: int) -> float:
    """The same with its children, those that ended included."""
    total = sum(_stat(pid)[11:15]) / _TICK
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = _stat(int(folder.name))
            total += sum(stat[11:15]) / _TICK if stat[1] == pid else 0.0
    return total


def _stat(pid: int) -> list[int]:
    """Fields of `/proc/<pid>/stat` from the state on, which is left 0."""
    state_and_more = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return [0, *map(int, state_and_more.split()[1:])]


def bare_loop_rate(kind: str, url: str, calls: int, in_flight: int) -> float:
    """Calls per second of a yardstick loop in a process of its own."""
    arguments = [kind, url, str(calls), str(in_flight)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.bare_loop", *arguments],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECS,
        check=True,
    )
    return float(done.stdout)


def rate_so_far(log: Path, jobs: int) -> float:
    """Wait until *jobs* jobs have their outcome; jobs per second."""
    eventually(log.exists, PATIENCE_SECS, 0.1)
    outcomes = _count_outcomes(log)
    eventually(lambda: next(outcomes) >= jobs, PATIENCE_SECS, 0.2)
    done, secs = _jobs_and_secs(log)
    return done / secs


def _count_outcomes(log: Path) -> Iterator[int]:
    """Count jobs with an outcome so far. What was read is not read again: that would
    take the CPU that is being measured.
    """
    jobs, rest = 0, b""
    with log.open("rb") as growing:
        while True:
            whole, _, rest = (rest + growing.read()).rpartition(b"\n")
            jobs += len(_OUTCOME.findall(whole))
            yield jobs


def _jobs_and_secs(log: Path) -> tuple[int, float]:
    """Jobs that succeeded, and the seconds from the first start to the last record."""
    found = [_LINE.match(line) for line in log.read_text().splitlines()]
    lines = [match for match in found if match]
    succeeded = [datetime.fromisoformat(it[1]) for it in lines if it[2] == "succeeded"]
    started = [datetime.fromisoformat(it[1]) for it in lines if it[2] != "succeeded"]
    if not succeeded:
        return 0, 0.0
    return len(succeeded), (max(succeeded) - min(started)).total_seconds()


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])


class Daemon:
    """`--no-ui` while it runs."""

    def __init__(self, queue: Queue, *arguments: str) -> None:
        self.log = queue.folder / "log"
        with self.log.open("wb") as stderr:
            self.popen = subprocess.Popen(
                command(
                    queue.checkout,
                    queue.ini,
                    "--no-ui",
                    "--log-format",
                    "logfmt",
                    *arguments,
                ),
                stderr=stderr,
                stdin=subprocess.DEVNULL,
                env=environment(queue.checkout),
            )

    @property
    def cpu_secs(self) -> float:
        """User and system time so far."""
        return cpu_secs_of(self.popen.pid)

    @property
    def resident_mib(self) -> float:
        return self._mib("VmRSS")

    @property
    def peak_mib(self) -> float:
        return self._mib("VmHWM")

    def _mib(self, name: str) -> float:
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        (line,) = [it for it in status.splitlines() if it.startswith(f"{name}:")]
        return int(line.split()[1]) / 1024


@contextmanager
def serving(queue: Queue, *arguments: str) -> Iterator[Daemon]:
    """A daemon that has started; drained at the end."""
    daemon = Daemon(queue, *arguments)
    try:
        eventually(lambda: "event=processor_started" in daemon.log.read_text(), 20)
        yield daemon
    finally:
        daemon.popen.terminate()
        daemon.popen.wait(60)


def timed(work: Callable[[], object]) -> float:
    """Seconds *work* takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
