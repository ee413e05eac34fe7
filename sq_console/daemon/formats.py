"""Log records as lines: for people, as logfmt, as JSON.

One record is one line, whatever a handler answered. Under systemd a line begins with
its priority and has no time: the journal knows the time better.
"""

import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

_PLAIN = re.compile(r"[!#-<>-\[\]-~]+\Z")
"""A logfmt value that needs no quotes."""
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}


def formatter_for(
    log_format: str,
    stream: TextIO | None,
    environ: Mapping[str, str] | None = None,
    *,
    pid: bool = False,
) -> logging.Formatter:
    """The formatter of that name; `auto` is human on a terminal, logfmt elsewhere, and
    under systemd logfmt with priorities. With *pid* each line says whose it is: several
    processes write to one stream.
    """
    if log_format == "json":
        return JsonLines(pid=pid)
    if log_format == "human" or (
        log_format == "auto" and stream is not None and stream.isatty()
    ):
        return HumanLines(pid=pid)
    environ = os.environ if environ is None else environ
    journal = is_journal(stream, environ.get("JOURNAL_STREAM", ""))
    return Logfmt(journal=journal, pid=pid)


def is_journal(stream: TextIO | None, journal_stream: str) -> bool:
    """Whether *stream* is the journal that systemd named as `device:inode`.

    A redirected stream is not, though the variable is still there.
    """
    if stream is None or not journal_stream:
        return False
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return journal_stream == f"{about.st_dev}:{about.st_ino}"


class HumanLines(logging.Formatter):
    """`2026-11-23 21:11:05 CET [JOBID 7] Job succeeded: ok`; what is not well says so
    after the time.
    """

    def __init__(self, *, pid: bool = False) -> None:
        super().__init__()
        self._pid = pid

    def format(self, record: logging.LogRecord) -> str:
        """One line, in local time."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        loud = record.levelno >= logging.WARNING
        level = f"{record.levelname.lower()}: " if loud else ""
        whose = f"[{record.process}] " if self._pid else ""
        return f"{at:%Y-%m-%d %H:%M:%S %Z} {whose}{level}{record.getMessage()}"


class Logfmt(logging.Formatter):
    """`time=… level=info event=called job=7 … msg="…"`."""

    def __init__(self, *, journal: bool, pid: bool = False) -> None:
        super().__init__()
        self._journal = journal
        self._pid = pid

    def format(self, record: logging.LogRecord) -> str:
        """One line, in UTC."""
        pairs = _pairs(record, self._pid)
        told = " ".join(f"{k}={_quoted(str(v))}" for k, v in pairs.items())
        if self._journal:
            return f"<{_PRIORITIES.get(record.levelno, 6)}>{told}"
        return f"time={_utc(record.created)} {told}"


class JsonLines(logging.Formatter):
    """One object a line, ASCII, with `time` in UTC."""

    def __init__(self, *, pid: bool = False) -> None:
        super().__init__()
        self._pid = pid

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return json.dumps({"time": _utc(record.created), **_pairs(record, self._pid)})


def _pairs(record: logging.LogRecord, pid: bool) -> dict[str, object]:
    fields: Mapping[str, object] = getattr(record, "fields", {})
    level = record.levelname.lower()
    whose = {"pid": record.process} if pid else {}
    return {"level": level, **whose, **fields, "msg": record.getMessage()}


def _quoted(value: str) -> str:
    if _PLAIN.match(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _utc(created: float) -> str:
    whole = int(created)
    return f"{_second(whole)}.{int(1000 * (created - whole)):03d}Z"


@lru_cache(maxsize=8)  # thousands of lines are written within one second
def _second(whole: int) -> str:
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"
