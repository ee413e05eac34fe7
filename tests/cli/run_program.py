"""Running the program as its users do: in this process for what is only about words and
codes, in one of its own where streams, signals or start-up matter.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.known_passwords import assert_no_password, assert_no_password_in_logs

TOP = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Done:
    """A run that has ended. None prints a password."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        assert_no_password(self.out, self.err)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.lines]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sq_console", *arguments]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(TOP), "PYTHONWARNINGS": "error", **more}


def run_process(
    *arguments: str,
    cwd: Path,
    stdin: str = "",
    timeout_secs: float = 30,
    under: Sequence[str] = (),
    **more: str,
) -> Done:
    """Run the program in a process of its own until it ends; *under* is a command that
    runs another."""
    done = subprocess.run(
        [*under, *command(*arguments)],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_secs,
    )
    assert_no_password_in_logs(cwd)
    return Done(done.returncode, done.stdout, done.stderr)


class Process:
    """The program while it runs, its standard error in a file."""

    def __init__(self, *arguments: str, cwd: Path, **more: str) -> None:
        self._folder = cwd
        self._err = cwd / "stderr"
        self._out = cwd / "stdout"
        with self._err.open("wb") as err, self._out.open("wb") as out:
            self.popen = subprocess.Popen(
                command(*arguments),
                cwd=cwd,
                env=environment(**more),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # without a terminal, as services are
            )

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def wait(self, timeout_secs: float = 30) -> int:
        return self.popen.wait(timeout_secs)

    def close(self) -> None:
        """Kill it if it still runs. It wrote no password."""
        self.popen.kill()
        self.popen.wait(10)
        assert_no_password_in_logs(self._folder, (self._out, self._err))


@contextmanager
def running(*arguments: str, cwd: Path, **more: str) -> Iterator[Process]:
    """The program, killed at the end if it still runs."""
    process = Process(*arguments, cwd=cwd, **more)
    try:
        yield process
    finally:
        process.close()
