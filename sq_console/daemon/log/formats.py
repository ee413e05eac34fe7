"""The formats of a log line: for people, logfmt, JSON.

One line stays one line, whatever a handler answered. Under systemd a line begins with
its priority and has no time: the journal records the time itself.
"""

import json
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol, TextIO

from sq_console.daemon.log.event_lines import Line

_PLAIN = re.compile(r"[!#-<>-\[\]-~]+\Z")
"""A logfmt value that needs no quotes."""
_LEVELS = {level: logging.getLevelName(level).lower() for level in range(0, 60, 10)}
_PRIORITIES = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}
ERROR_PREFIX = f"<{_PRIORITIES[logging.ERROR]}>"


class LineFormat(Protocol):
    """Formats log lines."""

    def format(self, line: Line) -> str:
        """Return *line* as text, without a line feed."""


def format_for(
    log_format: str,
    stream: TextIO | None,
    environ: Mapping[str, str] | None = None,
    *,
    pid: bool = False,
) -> LineFormat:
    """Return the format of that name. `auto` is human on a terminal, logfmt elsewhere,
    and under systemd logfmt with priorities. With *pid* each line has the id of its
    process: several processes write to one stream.
    """
    shown_pid = os.getpid() if pid else None
    environ = os.environ if environ is None else environ
    journal = is_journal(stream, environ.get("JOURNAL_STREAM", ""))
    if log_format == "json":
        return _for(journal, JsonLines(shown_pid))
    if log_format == "human" or (
        log_format == "auto" and stream is not None and stream.isatty()
    ):
        return _for(journal, HumanLines(shown_pid))
    return _for(journal, Logfmt(shown_pid, timed=not journal))


def _for(journal: bool, line_format: LineFormat) -> LineFormat:
    return WithPriority(line_format) if journal else line_format


def is_journal(stream: TextIO | None, journal_stream: str) -> bool:
    """Return whether *stream* is the journal that systemd names as `device:inode`.

    A redirected stream is not, although the variable is still set.
    """
    if stream is None or not journal_stream:
        return False
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return journal_stream == f"{about.st_dev}:{about.st_ino}"


class WithPriority:
    """`<6>…`: a line for the journal, which takes the priority off."""

    def __init__(self, line_format: LineFormat) -> None:
        self._format = line_format

    def format(self, line: Line) -> str:
        """Return *line* after its syslog priority."""
        priority = _PRIORITIES.get(line.level, _PRIORITIES[logging.INFO])
        return f"<{priority}>{self._format.format(line)}"


class HumanLines:
    """`2026-11-23 21:11:05 CET [JOBID 7] Job succeeded: ok`; warnings and errors have
    their level after the time.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = "" if pid is None else f"[{pid}] "

    def format(self, line: Line) -> str:
        """Return *line* with its local time."""
        is_warning = line.level >= logging.WARNING
        level = f"{_level(line.level)}: " if is_warning else ""
        return f"{_local_second(int(line.created))} {self._pid}{level}{line.msg}"


class Logfmt:
    """`time=… level=info event=called job=7 … msg="…"`."""

    def __init__(self, pid: int | None = None, *, timed: bool = True) -> None:
        self._pid = "" if pid is None else f" pid={pid}"
        self._timed = timed

    def format(self, line: Line) -> str:
        """Return *line* with its time in UTC."""
        time = f"time={_utc(line.created)} " if self._timed else ""
        text = f"{time}level={_level(line.level)}{self._pid}"
        for key, value in line.fields.items():
            text += f" {key}={value if type(value) is int else _word(value)}"
        return f"{text} msg={_quoted(line.msg)}"


class JsonLines:
    """One object a line, ASCII, with `time` in UTC."""

    def __init__(self, pid: int | None = None) -> None:
        self._pid = {} if pid is None else {"pid": pid}

    def format(self, line: Line) -> str:
        """Return *line* as one JSON object."""
        pairs = {
            "time": _utc(line.created),
            "level": _level(line.level),
            **self._pid,
            **line.fields,
            "msg": line.msg,
        }
        return json.dumps(pairs)


def _level(level: int) -> str:
    return _LEVELS.get(level) or logging.getLevelName(level).lower()


def _quoted(value: str) -> str:
    if _PLAIN.match(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@lru_cache(maxsize=256)  # names of events and modules repeat
def _word(value: object) -> str:
    return _quoted(str(value))


def _utc(created: float) -> str:
    whole = int(created)
    return f"{_second(whole)}.{int(1000 * (created - whole)):03d}Z"


@lru_cache(maxsize=8)  # thousands of lines are written within one second
def _second(whole: int) -> str:
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}"


@lru_cache(maxsize=8)
def _local_second(whole: int) -> str:
    return f"{datetime.fromtimestamp(whole, UTC).astimezone():%Y-%m-%d %H:%M:%S %Z}"
