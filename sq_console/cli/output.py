"""How verbs speak: rows as a rich table on a terminal, aligned text in a pipe, JSON
when asked.

Foreign text (urls, answers, names, what a database said) is cleaned here before it
reaches a terminal. JSON is ASCII with everything else escaped, so it carries any text
unchanged and harmless. Times are local with their zone named for people, UTC in JSON.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import click

from sq_console.errors import SQConsoleError
from sq_console.model import COUNT_CAP
from sq_console.plain import TEXT_CHARS, clean

VERBOSE = "sq_console.verbose"
LINE_CHARS = 4_096


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table for people."""

    title: str
    right: bool = False
    squeeze: bool = False
    """On a narrow terminal this one gives way."""
    moment: bool = False
    """Its title names the zone."""


def _print(line: str) -> None:
    try:
        click.echo(line)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SQConsoleError(f"cannot write: {error.strerror}") from None


def complain(text: str) -> None:
    """One line on standard error: what went wrong."""
    click.echo(f"sq-console: {clean(text, LINE_CHARS)}", err=True)


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
    _print(json.dumps(entry, default=_jsonable, separators=(",", ":")))


def say_table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> None:
    """A table: drawn on a terminal, aligned by spaces in a pipe. Its times are all in
    the zone of now, which the column's title names.
    """
    now = datetime.now(UTC).astimezone()
    titles = [f"{c.title} {now:%Z}" if c.moment else c.title for c in columns]
    lines = [titles, *([_cell(cell, now.tzinfo) for cell in row] for row in rows)]
    if sys.stdout.isatty():
        _draw(columns, lines)
    else:
        _align(columns, lines)


def _cell(value: object, zone: tzinfo | None) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return clean(_shown(value))


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _draw(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
    # Rich takes longer to load than most verbs take to run.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    screen = Console(markup=False, highlight=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    widths = _widths(lines)
    spare = screen.width - sum(widths) - 2 * (len(widths) - 1)
    for column, title, width in zip(columns, lines[0], widths, strict=True):
        table.add_column(
            Text(title),
            justify="right" if column.right else "left",
            no_wrap=True,
            max_width=max(10, width + min(0, spare)) if column.squeeze else None,
        )
    for line in lines[1:]:
        table.add_row(*(Text(cell) for cell in line))
    screen.print(table)


def _align(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
    widths = _widths(lines)
    for line in lines:
        padded = (
            cell.rjust(width) if column.right else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        )
        _print("  ".join(padded).rstrip())


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
            return local_time(value)
        case _:
            return str(value)


def local_time(at: datetime | None) -> str:
    """*at* for people: local, with its zone; "-" without one."""
    return "-" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def utc_time(at: datetime) -> str:
    """*at* for programs: RFC 3339 in UTC, to the millisecond."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def capped(number: int) -> str:
    """A count for people; counts stop at `COUNT_CAP`."""
    return f"{COUNT_CAP:,}+" if number > COUNT_CAP else f"{number:,}"


def secs(age: float) -> str:
    """A duration for people: `4s`, `3m10s`, `2h05m`, `3d4h`."""
    whole = int(age)
    if whole < 60:
        return f"{whole}s"
    if whole < 3_600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3_600}h{whole % 3_600 // 60:02d}m"
    return f"{whole // 86_400}d{whole % 86_400 // 3_600}h"


def _jsonable(value: Any) -> object:
    if isinstance(value, datetime):
        return utc_time(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
