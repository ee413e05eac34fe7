"""The fields of a job as options, read and checked before anything is written.

`enqueue` and `edit` take the same options; their names are those of `NewJob`, so what
was given goes straight into one. What the contract refuses (`rules`) is refused here,
with the same reason a processor would give.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from sq_console.cli.flags import MAX_ID
from sq_console.model import Job, NewJob
from sq_console.rules import DEFAULT_RETRIES, parse_headers, why_not_callable

Decorated = TypeVar("Decorated", bound=Callable[..., object])

BODY_BYTES = 2**24 - 1
"""What a MEDIUMTEXT column holds."""
INT_MAX = 2**31 - 1
MAX_DELAY_SECS = 315_360_000
"""Ten years: a TIMESTAMP ends in 2038."""
_LAST_MOMENT = datetime(2038, 1, 19, tzinfo=UTC)


def read_body(value: str) -> bytes:
    """TEXT, @FILE, or - for standard input; always bytes of UTF-8 text."""
    try:
        body = _bytes_of(value)
        body.decode()
    except OSError as error:
        raise click.BadParameter(f"{value}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise click.BadParameter("not UTF-8 text, which the column is") from None
    if len(body) > BODY_BYTES:
        raise click.BadParameter(f"{len(body):,} bytes; at most {BODY_BYTES:,} fit")
    return body


def _bytes_of(value: str) -> bytes:
    if value == "-":
        return sys.stdin.buffer.read()
    if value.startswith("@"):
        return Path(value[1:]).read_bytes()
    return value.encode("utf-8", "surrogateescape")


def read_moment(value: str) -> datetime:
    """A moment in UTC: ISO 8601, local unless it names a zone; or HH:MM, the next."""
    try:
        at = next_time(value, datetime.now(UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise click.BadParameter(
            f"{value!r} is not a time like 2026-09-01T14:30, 14:30 or"
            " 2026-09-01T12:30:00Z"
        ) from None
    if at >= _LAST_MOMENT:
        raise click.BadParameter(f"{value!r} is past 2038-01-18, the column's end")
    return at


def next_time(text: str, now: datetime) -> datetime:
    """The moment *text* names, seen from *now*. Raises ValueError."""
    if len(text) == 5 and text[2] == ":":
        hour, minute = (int(part) for part in text.split(":"))
        at = now.astimezone().replace(hour=hour, minute=minute, second=0, microsecond=0)
        return at if at > now else at + timedelta(days=1)
    return datetime.fromisoformat(text)


def _headers(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> str | None:
    """The JSON text of *given* `Name: value` words."""
    headers: dict[str, str] = {}
    for word in given:
        name, colon, value = word.partition(":")
        if not colon:
            raise click.BadParameter(f"{word!r} is not Name: value", ctx, param)
        if name.strip().lower() in (known.lower() for known in headers):
            raise click.BadParameter(f"{name.strip()} is given twice", ctx, param)
        headers[name.strip()] = value.strip()
    raw = json.dumps(headers) if headers else None
    try:
        parse_headers(raw)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return raw


_OPTIONS = (
    click.option("--body", type=read_body, metavar="TEXT|@FILE|-"),
    click.option(
        "--header", "headers", multiple=True, callback=_headers, metavar="'NAME: VALUE'"
    ),
    click.option(
        "--timeout",
        "timeout_secs",
        type=click.IntRange(1, INT_MAX),
        metavar="SECS",
        help="For the whole call; 60 when not given.",
    ),
    click.option(
        "--retries",
        "remaining_retries",
        type=click.IntRange(0, INT_MAX),
        metavar="N",
        help="After temporary failures; 5 when not given.",
    ),
    click.option(
        "--retry-delay",
        "retry_delay_secs",
        type=click.IntRange(0, MAX_DELAY_SECS),
        metavar="SECS",
        help="Between calls; 60 when not given.",
    ),
    click.option(
        "--delay",
        "delay_secs",
        type=click.IntRange(0, MAX_DELAY_SECS),
        metavar="SECS",
        help="Not before this long from now.",
    ),
    click.option(
        "--at",
        "run_at",
        type=read_moment,
        metavar="TIME",
        help="Not before: 2026-09-01T14:30 (local), 14:30, 2026-09-01T12:30:00Z.",
    ),
    click.option(
        "--priority",
        type=click.IntRange(-(2**15), 2**15 - 1),
        metavar="N",
        help="Smaller goes first; 0 when not given.",
    ),
    click.option(
        "--org",
        "organization_id",
        type=click.IntRange(0, MAX_ID),
        metavar="N",
        help="The organization_id.",
    ),
)


def job_fields(command: Decorated) -> Decorated:
    """All options that describe a job, but for its method and url."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of *options* that were given. `--delay` and `--at` exclude each other."""
    given = {name: value for name, value in options.items() if value is not None}
    if "delay_secs" in given and "run_at" in given:
        raise click.UsageError("--delay and --at exclude each other")
    return given


def check_callable(job: NewJob) -> None:
    """Refuse what no processor would call."""
    reason = why_not_callable(job.http_method, job.url)
    if reason is not None:
        raise click.UsageError(reason)


def draft_of(job: Job) -> NewJob:
    """*job* as an edit begins with it: what it asks for, with its retries back.

    A job edited in place keeps its time unless another is given; a new one is due now.
    """
    never_called = job.attempts == 0
    retries = job.remaining_retries if never_called else job.max_retries
    return NewJob(
        http_method=job.http_method,
        url=job.url,
        body=job.body,
        headers=job.headers,
        timeout_secs=job.timeout_secs,
        remaining_retries=DEFAULT_RETRIES if retries is None else retries,
        retry_delay_secs=job.retry_delay_secs,
        priority=job.priority,
        organization_id=job.organization_id,
    )
