"""Claimed jobs, and calls that must end by their deadline."""

import contextlib
import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sq_console.config import DbSettings
from sq_console.model import ClaimedJob, Outcome
from sq_console.processor.http.caller import Caller

UUID = "0e8400e2-9b41-11d4-a716-446655440000"
SQLITE = DbSettings(engine="sqlite", path="unused.sqlite")

_JOB = ClaimedJob(
    id=7,
    attempt=1,
    http_method="post",
    url="",
    host="",
    body=b"body",
    headers=None,
    timeout_secs=2,
    retry_delay_secs=60,
    created_at="2026-01-31 08:09:10.123",
)


def claimed(url: str, **values: Any) -> ClaimedJob:
    """Return job 7, claimed, for *url*."""
    return _JOB._replace(url=url, **values)


async def call(caller: Caller, job: ClaimedJob) -> Outcome:
    """Return the outcome of calling *job*; it ended within its timeout."""
    started_at = time.monotonic()
    outcome = await caller.call(job)
    elapsed = time.monotonic() - started_at
    assert elapsed <= max(1, job.timeout_secs) + 0.5, f"took {elapsed:.2f} s"
    assert (outcome.job_id, outcome.attempt) == (job.id, job.attempt)
    return outcome


def last_msg(outcome: Outcome) -> str:
    """Return the log row of the outcome."""
    return outcome.log[-1].msg


def notes(outcome: Outcome) -> list[str]:
    """Return the log rows between the call and the outcome, without their prefix."""
    return [
        line.msg.removeprefix(f"[JOBID {outcome.job_id}] ")
        for line in outcome.log[1:-1]
    ]


def calling_sockets(port: int) -> int:
    """Return the kernel's count of this process's sockets connected to *port*."""
    return sum(theirs == port for _, theirs in _connections())


def answering_sockets(port: int) -> int:
    """Return how many connections this process has accepted on *port*."""
    return sum(ours == port for ours, _ in _connections())


def _connections() -> Iterator[tuple[int, int]]:
    for entry in Path("/dev/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile, or not connected
            if not stat.S_ISSOCK(os.fstat(int(entry.name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as one:
                if one.family in (socket.AF_INET, socket.AF_INET6):
                    yield one.getsockname()[1], one.getpeername()[1]
