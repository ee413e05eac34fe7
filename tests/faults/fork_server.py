"""Starts processors quickly: one process loads `processor_main` once, and forks.

Half of a short scenario would else be the loading of modules. A forked processor is as
much a process of its own as any other. Only the fork server is its parent, so how it
ended is read from /proc, where it stays until the fork server ends.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.cli.run_program import environment
from tests.waiting import eventually


class ForkedProcess:
    """A forked process, with what a `subprocess.Popen` of it would have."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, -N for signal N; None while it lives."""
        if self.returncode is None:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
            state, *fields = stat.rpartition(")")[2].split()
            if state == "Z":
                self.returncode = os.waitstatus_to_exitcode(int(fields[-1]))
        return self.returncode

    def wait(self, timeout_secs: float = 30) -> int:
        """The same, once it has ended."""
        eventually(lambda: self.poll() is not None, timeout_secs)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkServer:
    """The process that forks processors. It and they end with `close`."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.processor_main", "fork-server"],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, arguments: Sequence[str], folder: Path, log: Path) -> ForkedProcess:
        """`processor_main` with these arguments, in *folder*."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._popen.stdin.write(f"{json.dumps([*arguments, str(folder), str(log)])}\n")
        self._popen.stdin.flush()
        return ForkedProcess(int(self._popen.stdout.readline()))

    def close(self) -> None:
        """Fork no more."""
        self._popen.communicate(timeout=30)  # closes its input, which ends it


def serve(main: Callable[[list[str]], int]) -> None:
    """Fork for each line on standard input; what is forked runs *main*."""
    for line in sys.stdin:
        *arguments, folder, log = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _detach(folder, log)
            raise SystemExit(main(arguments))
        print(pid, flush=True)


def _detach(folder: str, log: str) -> None:
    """Give the forked process its own streams, folder and random numbers."""
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(number, target)
    os.close(nothing)
    os.close(out)
    random.seed()
