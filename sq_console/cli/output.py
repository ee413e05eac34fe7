"""Output of the verbs: rows as a table on a terminal, as aligned text in a pipe, as
JSON on request.

Foreign text (urls, answers, names, a database's messages) is sanitized here before it
reaches a terminal, and its secrets are masked, in JSON too: reasons and names have them
as urls do. What is *clear* was masked before, or is asked for with its secrets.

JSON is ASCII with all other characters escaped, so it carries any text unchanged and
harmless. Times are local with their zone for people, UTC in JSON.
"""

import contextlib
import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from types import TracebackType
from typing import Any

import click

from sq_console.cli.table import TextColumn, table_in_width, whole_table
from sq_console.errors import SQConsoleError
from sq_console.model import Finding
from sq_console.text.humanize import time_stamp
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import TEXT_CHARS, clean
from sq_console.ui.terminal.cells import cut

VERBOSE = "sq_console.verbose"
LINE_CHARS = 4_096


class OutputError(SQConsoleError):
    """Standard output cannot be written."""


def _write_line(line: str) -> None:
    try:
        click.echo(line, file=sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror}") from None


class DeferredErrors:
    """Keeps a failed write from stopping a bulk action. The first line that cannot be
    written is raised when all jobs are done.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    def __enter__(self) -> None:
        """Begin to print one result."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the first error."""
        if not isinstance(error, BrokenPipeError | OutputError):
            return False
        self._error = self._error or error
        return True

    def raise_first(self) -> None:
        """Raise the error that was kept."""
        if self._error is not None:
            raise self._error


def write_to_stderr(text: str) -> None:
    """Print lines on standard error. When they cannot be written they have no reader,
    and the verb goes on all the same.
    """
    with contextlib.suppress(OSError, ValueError):
        click.echo(text, file=sys.stderr)


def print_error(text: str) -> None:
    """Print one line on standard error: an error or a warning; under systemd with its
    priority.
    """
    line = f"sq-console: {clean(redact_text(text), LINE_CHARS)}"
    write_to_stderr(f"{_priority()}{line}")


def _priority() -> str:
    journal_stream = os.environ.get("JOURNAL_STREAM", "")
    if not journal_stream:
        return ""
    from sq_console.daemon.log.formats import ERROR_PREFIX, is_journal

    return ERROR_PREFIX if is_journal(sys.stderr, journal_stream) else ""


def print_note(text: str) -> None:
    """Print one line on standard error, with `-v` only."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().meta.get(VERBOSE):
        print_error(text)


def print_line(text: str, *, clear: bool = False) -> None:
    """Print one line on standard output."""
    _write_line(clean(text if clear else redact_text(text), LINE_CHARS))


def print_frame(text: str) -> None:
    """Print a frame of the console: it was sanitized where it was painted."""
    _write_line(text)


def print_findings(findings: Iterable[Finding]) -> None:
    """Print one line for each finding of `check`: what it is, and what to do."""
    for finding in findings:
        advice = f" -> {finding.advice}" if finding.advice else ""
        print_line(f"ok {finding.text}" if finding.ok else f"!! {finding.text}{advice}")


def print_whole_line(text: str) -> None:
    """Print one line on standard output, however long it is."""
    _write_line(clean(text, len(text) + 1))


def print_text(title: str, text: str) -> None:
    """Print a text of many lines under its title."""
    _write_line(f"{title}:")
    for line in clean(text, TEXT_CHARS, lines=True).split("\n"):
        _write_line(f"    {line}")


def print_json(entry: Mapping[str, object], *, clear: bool = False) -> None:
    """Print one JSON object on one line."""
    if not clear:
        entry = {name: _masked(value) for name, value in entry.items()}
    try:
        text = _json(entry)
    except ValueError:  # a number that JSON has no word for
        text = _json(_without_infinities(entry))
    _write_line(text)


def _json(entry: object) -> str:
    return json.dumps(entry, default=_jsonable, separators=(",", ":"), allow_nan=False)


def _masked(value: object) -> object:
    match value:
        case Enum():
            return value
        case str():
            return redact_text(value)
        case Mapping():
            return {name: _masked(each) for name, each in value.items()}
        case list() | tuple():
            return [_masked(each) for each in value]
        case _:
            return value


def _without_infinities(value: object) -> object:
    """Return *value* with null for each number that is infinite or NaN."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {name: _without_infinities(each) for name, each in value.items()}
        case list() | tuple():
            return [_without_infinities(each) for each in value]
        case _:
            return value


def print_table(
    columns: Sequence[TextColumn],
    rows: Iterable[Sequence[object]],
    *,
    clear: bool = False,
) -> None:
    """Print a table: drawn on a terminal, aligned by spaces in a pipe. Its times are
    all in the zone of now, which the column's title names.
    """
    rows = [[each if clear else _masked(each) for each in row] for row in rows]
    now = datetime.now(UTC).astimezone()
    if sys.stdout.isatty():
        _draw(columns, rows, now)
    else:
        for line in whole_table(columns, rows, now).lines():
            _write_line(line)


def _draw(
    columns: Sequence[TextColumn], rows: Sequence[Sequence[object]], now: datetime
) -> None:
    # Rich takes longer to load than most verbs take to run.
    from rich.console import Console
    from rich.text import Text

    screen = Console(markup=False, highlight=False, emoji=False)
    table = table_in_width(columns, rows, now, screen.width)
    # Cut at the end of a line, never in a column: rich would narrow them all.
    titles, *lines = (cut(line, screen.width) for line in table.lines())
    screen.print(Text(titles, "bold"))
    for line in lines:
        screen.print(Text(line))


def print_fields(fields: Iterable[tuple[str, object]], *, clear: bool = False) -> None:
    """Print `name: value` lines with the values in one column."""
    shown = [(name, _field_text(value)) for name, value in fields]
    width = max(len(name) for name, _ in shown) + 1
    for name, value in shown:
        shown_value = value if clear else redact_text(value)
        print_line(f"{name + ':':{width}} {shown_value}", clear=True)


def _field_text(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return time_stamp(value)
        case _:
            return str(value)


def utc_time(at: datetime) -> str:
    """Return *at* for programs: RFC 3339 in UTC, to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _jsonable(value: Any) -> object:
    if isinstance(value, datetime):
        return utc_time(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
