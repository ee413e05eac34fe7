"""Starts, commands and monitors one child process.

The child is started as a program of its own, not forked: the supervisor has threads. It
runs in a session of its own, so that Ctrl-C reaches it only as a command of the
supervisor, once. `child_main` is the other end of the pipes.
"""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import sq_console
from sq_console.config import without_secrets
from sq_console.daemon.procs.child_main import DRAIN, LENGTH, REOPEN, STOP
from sq_console.daemon.reports import Report
from sq_console.daemon.run import Assignment

_START = (
    "import sys; sys.path.append(sys.argv[1]);"
    " from sq_console.daemon.procs.child_main import main; main()"
)
_HOME = Path(sq_console.__file__).parent.parent


SILENT_SECS = 60.0
"""A child that reports nothing for this long hangs; it reports once a second."""
_OF_SYSTEMD = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Child:
    """One processor process. *on_change* is called, on a thread of this object, after
    each change that the child tells of and after its end; *on_report* with each report.
    """

    def __init__(
        self,
        assignment: Assignment,
        on_change: Callable[["Child"], None],
        on_report: Callable[["Child", Report], None],
    ) -> None:
        self.processor_ids: list[int] = []
        """Its ids in `queued_job_processor`; the last is the present one."""
        self.started = False
        """Its processor has reported that it started."""
        self.error: str | None = None
        """The error that it reported."""
        self.is_final = False
        """That error would end every other child as well."""
        self.unrecorded = 0
        """Outcomes that a child which ended in order could not record."""
        self.report: Report | None = None
        """Its latest report."""
        self.reported_at = time.monotonic()
        """When that came; before the first, when the child was started."""
        self.exit_status: int | None = None
        """None while it runs; -9 when signal 9 ended it."""
        self._on_change = on_change
        self._on_report = on_report
        # -P: modules in the current folder must not be imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(_HOME)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env=_environ_of_child(),
        )
        self.pid = self._process.pid
        threading.Thread(target=self._monitor, daemon=True).start()
        payload = pickle.dumps(assignment)
        self._send(LENGTH.pack(len(payload)) + payload)

    def drain(self) -> None:
        """Command it to finish its calls and end."""
        self._send(DRAIN)

    def reopen_log(self) -> None:
        """Command it to reopen its log file."""
        self._send(REOPEN)

    def stop(self) -> None:
        """Command it to end at once."""
        self._send(STOP)

    def kill(self) -> None:
        """End it, though it takes no command any more."""
        self._process.kill()

    @property
    def stalled(self) -> str | None:
        """Say what of it stands still, and for how long; None while it moves."""
        silent_secs = time.monotonic() - self.reported_at
        if silent_secs > SILENT_SECS:
            return f"no report for {silent_secs:.0f} s"
        return self.report.status.stalled if self.report else None

    def _send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(
            OSError, ValueError
        ):  # it has ended: `_monitor` reports that
            self._process.stdin.write(data)
            self._process.stdin.flush()

    def _monitor(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process.stdout as reports:
            for line in reports:
                self._read_report(line)
        self.exit_status = self._process.wait()
        with contextlib.suppress(OSError):  # a command that it never read
            self._process.stdin.close()
        self._on_change(self)

    def _read_report(self, line: bytes) -> None:
        try:
            report = json.loads(line)
        except ValueError:
            return  # it died in the middle of the line
        if "report" in report:
            self.report = Report.from_json(report["report"])
            self.reported_at = time.monotonic()
            self._on_report(self, self.report)
            return
        if "processor_id" in report:
            self.processor_ids.append(report["processor_id"])
        self.started = report.get("started", self.started)
        self.error = report.get("failed", self.error)
        self.is_final = report.get("final", self.is_final)
        self.unrecorded = report.get("unrecorded", self.unrecorded)
        self._on_change(self)


def _environ_of_child() -> dict[str, str]:
    """Return our environment without what is not for a child: the supervisor alone
    reports to systemd, and passwords come with the assignment.
    """
    environ = without_secrets(os.environ)
    return {k: v for k, v in environ.items() if k not in _OF_SYSTEMD}
