"""How verbs speak: rows as a table on a terminal, aligned text in a pipe, JSON when
asked.

Foreign text (urls, answers, names, what a database said) is cleaned here before it
reaches a terminal. JSON is ASCII with everything else escaped, so it carries any text
unchanged and harmless. Times are local with their zone named for people, UTC in JSON.
"""

import contextlib
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import click

from sq_console.cli.table import Column, fitted, whole
from sq_console.errors import SQConsoleError
from sq_console.text.humanize import time_stamp
from sq_console.text.redact import redact_text
from sq_console.text.sanitize import TEXT_CHARS, clean
from sq_console.ui.terminal.cells import cut

VERBOSE = "sq_console.verbose"
LINE_CHARS = 4_096


class OutputError(SQConsoleError):
    """Standard output takes nothing."""


def _print(line: str) -> None:
    try:
        click.echo(line, file=sys.stdout)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write: {error.strerror}") from None


class ErrorSummary:
    """What is told of many deeds while they are done. The first line that cannot be
    written stops none of them: it is raised at the end.
    """

    def __init__(self) -> None:
        self._error: Exception | None = None

    def __enter__(self) -> None:
        """Say one thing."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Keep the error for the end."""
        if not isinstance(error, BrokenPipeError | OutputError):
            return False
        self._error = self._error or error
        return True

    def end(self) -> None:
        """Raise what was kept."""
        if self._error is not None:
            raise self._error


def narrate(text: str) -> None:
    """Lines on standard error. If it cannot be written, nobody is there to be told, and
    what was asked for is done all the same.
    """
    with contextlib.suppress(OSError, ValueError):
        click.echo(text, file=sys.stderr)


def complain(text: str) -> None:
    """One line on standard error: what went wrong."""
    narrate(f"sq-console: {clean(redact_text(text), LINE_CHARS)}")


def note(text: str) -> None:
    """One line on standard error, with `-v` only."""
    context = click.get_current_context(silent=True)
    if context is not None and context.find_root().meta.get(VERBOSE):
        complain(text)


def say(text: str) -> None:
    """One line on standard output."""
    _print(clean(text, LINE_CHARS))


def say_text(title: str, text: str) -> None:
    """A text of many lines under its title."""
    _print(f"{title}:")
    for line in clean(text, TEXT_CHARS, lines=True).split("\n"):
        _print(f"    {line}")


def say_json(entry: Mapping[str, object]) -> None:
    """One JSON object on one line."""
    try:
        text = _json(entry)
    except ValueError:  # a number that JSON has no word for
        text = _json(_finite(entry))
    _print(text)


def _json(entry: object) -> str:
    return json.dumps(entry, default=_jsonable, separators=(",", ":"), allow_nan=False)


def _finite(value: object) -> object:
    """*value* with null for each number that is infinite or none."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case Mapping():
            return {name: _finite(each) for name, each in value.items()}
        case list() | tuple():
            return [_finite(each) for each in value]
        case _:
            return value


def say_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A table: drawn on a terminal, aligned by spaces in a pipe. Its times are all in
    the zone of now, which the column's title names.
    """
    now = datetime.now(UTC).astimezone()
    if sys.stdout.isatty():
        _draw(columns, list(rows), now)
    else:
        for line in whole(columns, list(rows), now).lines():
            _print(line)


def _draw(
    columns: Sequence[Column], rows: Sequence[Sequence[object]], now: datetime
) -> None:
    # Rich takes longer to load than most verbs take to run.
    from rich.console import Console
    from rich.text import Text

    screen = Console(markup=False, highlight=False, emoji=False)
    table = fitted(columns, rows, now, screen.width)
    # Cut at the end of a line, never in a column: rich would narrow them all.
    titles, *lines = (cut(line, screen.width) for line in table.lines())
    screen.print(Text(titles, "bold"))
    for line in lines:
        screen.print(Text(line))


def say_fields(fields: Iterable[tuple[str, object]]) -> None:
    """`name: value` lines with the values in one column."""
    shown = [(name, _shown(value)) for name, value in fields]
    width = max(len(name) for name, _ in shown) + 1
    for name, value in shown:
        say(f"{name + ':':{width}} {value}")


def _shown(value: object) -> str:
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
    """*at* for programs: RFC 3339 in UTC, to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _jsonable(value: Any) -> object:
    if isinstance(value, datetime):
        return utc_time(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
