"""A processor process as its supervisor sees it: started, ordered about, heard, ended.

It is started as a program of its own, not forked: the supervisor has threads. It gets
a session of its own too, so that Ctrl-C reaches it only as an order of the supervisor,
once. `supervised` is the other end.
"""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import sq_console
from sq_console.daemon.procs.child_main import DRAIN, LENGTH, STOP
from sq_console.daemon.run import Assignment

_START = (
    "import sys; sys.path.append(sys.argv[1]);"
    " from sq_console.daemon.procs.child_main import main; main()"
)
_HOME = Path(sq_console.__file__).parent.parent


class Child:
    """One processor process. *note* is called, on a thread of the child's own, when it
    has told something and when it has ended.
    """

    def __init__(self, assignment: Assignment, note: Callable[["Child"], None]) -> None:
        self.processor_ids: list[int] = []
        """Under which it was, or is, in the table: the last is the present one."""
        self.started = False
        """It works."""
        self.failed: str | None = None
        """What it said went wrong."""
        self.unrecorded = 0
        """Outcomes it could not write, when it ended in order."""
        self.code: int | None = None
        """Its exit code once it has ended; -9 if signal 9 has ended it."""
        self._note = note
        # -P: what lies in the current folder is not ours to import.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, str(_HOME)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"},
        )
        self.pid = self._process.pid
        threading.Thread(target=self._listen, daemon=True).start()
        brief = pickle.dumps(assignment)
        self._send(LENGTH.pack(len(brief)) + brief)

    def drain(self) -> None:
        """Have it finish its calls and end."""
        self._send(DRAIN)

    def stop(self) -> None:
        """Have it end at once."""
        self._send(STOP)

    def _send(self, what: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):  # it has ended: noted elsewhere
            self._process.stdin.write(what)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process.stdout as reports:
            for line in reports:
                self._hear(line)
        self.code = self._process.wait()
        with contextlib.suppress(OSError):  # an order it never read
            self._process.stdin.close()
        self._note(self)

    def _hear(self, line: bytes) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return  # it died within the line
        if "processor_id" in told:
            self.processor_ids.append(told["processor_id"])
        self.started = told.get("started", self.started)
        self.failed = told.get("failed", self.failed)
        self.unrecorded = told.get("unrecorded", self.unrecorded)
        self._note(self)
