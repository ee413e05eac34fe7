"""Types of arguments: whole numbers, bodies, times. A wrong argument is refused in one
line that says what would be right.
"""

import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from sq_console.cli.output import print_error
from sq_console.cli.wall_clock import clock_change_note, next_time
from sq_console.text.durations import (
    duration_secs,
    is_duration,
    kept_secs,
    pace_per_second,
    past_moment,
)
from sq_console.text.job_fields import NumberRange, ShortText

MAX_ID = 2**64 - 1
BODY_BYTES = 2**24 - 1
"""The longest value of a MEDIUMTEXT column."""
_FIRST_MOMENT = datetime(1970, 1, 2, tzinfo=UTC)
_LAST_MOMENT = datetime(2038, 1, 19, tzinfo=UTC)
"""The days inside a TIMESTAMP's range."""


class FieldType(click.ParamType[int | str]):
    """The type of an option or argument that a kind of job field parses. Click's own
    range type calls itself an "integer range" and prints its bounds into every help
    text.
    """

    name = "N"

    def __init__(self, kind: NumberRange | ShortText) -> None:
        self._kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        """Return *value* parsed. Raises BadParameter, which says what may be given."""
        text = str(value)
        try:
            return self._kind.parse(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not {error}", ctx, param) from None


class Pace(click.ParamType[float]):
    """The type of a pace: calls per second."""

    name = "N/s"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return calls per second. Raises BadParameter."""
        try:
            return pace_per_second(str(value))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None


class WholeNumber(FieldType):
    """A whole number from *least* to *most*; *what* names a number whose range
    says nothing.
    """

    def __init__(self, least: int, most: int, what: str = "") -> None:
        super().__init__(NumberRange(least, most, what))


class Duration(click.ParamType[float]):
    """A duration, in seconds: `2h`."""

    name = "DURATION"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds. Raises BadParameter."""
        try:
            return duration_secs(str(value))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None


class KeptFor(click.ParamType[float]):
    """For how long rows are kept, in seconds: `7d`; infinite for `keep`."""

    name = "AGE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds. Raises BadParameter."""
        try:
            secs = kept_secs(str(value))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        return math.inf if secs is None else secs


class PastMoment(click.ParamType[Callable[[datetime], datetime]]):
    """A moment of the past, as `2h`, `11:35` or ISO 8601: what is made of it is asked
    for that moment with the database's time.
    """

    name = "WHEN"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Callable[[datetime], datetime]:
        """Return the function. Raises BadParameter, which says what may be given."""
        text = str(value)
        try:
            _moment_before(text, datetime.now(UTC))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from None
        return lambda now: _moment_before(text, now)


def _moment_before(text: str, now: datetime) -> datetime:
    if not is_duration(text):
        return past_moment(text, now.astimezone())
    return now - timedelta(seconds=duration_secs(text))


CONCURRENT = WholeNumber(1, 10_000)
JOB_ID = WholeNumber(1, MAX_ID, "the id of a job")


def read_body(value: str) -> bytes:
    """Read TEXT, @FILE, or - for standard input; the result is UTF-8 text."""
    context = click.get_current_context(silent=True)
    if context is not None and context.resilient_parsing:
        return b""  # at TAB nothing is read, and so nothing is waited for
    try:
        body = _bytes_of(value)
        body.decode()
    except OSError as error:
        raise click.BadParameter(f"{value}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.BadParameter("not UTF-8 text, which the column is") from None
    if len(body) > BODY_BYTES:
        raise click.BadParameter(f"more than the {BODY_BYTES:,} bytes that fit")
    return body


def _bytes_of(value: str) -> bytes:
    if value in ("-", "@-"):
        return sys.stdin.buffer.read(BODY_BYTES + 1)
    if value.startswith("@"):
        with Path(value[1:]).open("rb") as file:
            return file.read(BODY_BYTES + 1)
    return value.encode("utf-8", "surrogateescape")


def read_moment(value: str) -> datetime:
    """Return a moment in UTC, from ISO 8601, which is local unless it names a zone, or
    from HH:MM, the next one.
    """
    try:
        named = next_time(value, datetime.now(UTC))
    except ValueError:
        raise click.BadParameter(
            f"{value!r} is not a time like 2026-09-01T14:30, 14:30 or"
            " 2026-09-01T12:30:00Z"
        ) from None
    try:
        at = named.astimezone(UTC)
    except (ValueError, OverflowError):  # the first or the last day there is
        at = named.replace(tzinfo=UTC)
    if not _FIRST_MOMENT <= at < _LAST_MOMENT:
        raise click.BadParameter(
            f"{value!r} is not from 1970-01-02 to 2038-01-18, what the column holds"
        )
    if note := clock_change_note(value, at):
        print_error(note)
    return at
