"""The fields of a job as options, read and checked before anything is written.

`enqueue` and `edit` take the same options. Their names are the fields of `NewJob`, so
given values go straight into one. A job that `rules/contract.py` refuses is refused
here, with the reason a processor would give.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from sq_console.cli.param_types import (
    ORGANIZATION_ID,
    WholeNumber,
    read_body,
    read_moment,
)
from sq_console.model import NewJob
from sq_console.rules.contract import (
    DEFAULT_RETRIES,
    METHODS,
    TEXT_BYTES,
    parse_headers,
    why_not_callable,
)
from sq_console.text.redact import MASK, masks_in
from sq_console.text.secret_names import is_secret

Decorated = TypeVar("Decorated", bound=Callable[..., object])

INT_MAX = 2**31 - 1
MAX_DELAY_SECS = 315_360_000
"""Ten years: a TIMESTAMP ends in 2038."""
_BODY = (
    "The request's body: TEXT, what FILE holds, or standard input. A text that itself"
    " begins with @, or is -, comes by standard input."
)


def _headers(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> str | None:
    """Return *given*, words like `Name: value`, as JSON text."""
    headers: dict[str, str] = {}
    for word in given:
        name, colon, value = word.partition(":")
        if not colon:
            shown = _without_value(word)
            raise click.BadParameter(f"{shown!r} is not Name: value", ctx, param)
        if name.strip().lower() in (known.lower() for known in headers):
            raise click.BadParameter(f"{name.strip()} is given twice", ctx, param)
        headers[name.strip()] = value.strip()
    raw = json.dumps(headers) if headers else None
    try:
        parse_headers(raw)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return raw


def _without_value(word: str) -> str:
    """Return a header that lacks its colon, for a message that may go into a log."""
    name, space, _ = word.partition(" ")
    return f"{name} {MASK}" if space and is_secret(name) else word


def job_field_options(*, editing: bool) -> Callable[[Decorated], Decorated]:
    """Add all options that describe a job, but for its method and url. The help for a
    new job names the table's defaults; an edited job keeps fields that are not given.
    """

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(_options(editing)):
            command = option(command)
        return command

    return decorate


def _options(editing: bool) -> list[Callable[[Any], Any]]:
    def absent(value: int) -> str:
        return "." if editing else f"; {value} when not given."

    again = "; all of them are replaced" if editing else ""
    return [
        click.option(
            "--body",
            type=read_body,
            metavar="TEXT|@FILE|-",
            help=_BODY,
        ),
        click.option(
            "--header",
            "headers",
            multiple=True,
            callback=_headers,
            metavar="'NAME: VALUE'",
            help=f"A request header; may be given again{again}.",
        ),
        click.option(
            "--timeout",
            "timeout_secs",
            type=WholeNumber(1, INT_MAX),
            metavar="SECS",
            help=f"For the whole call{absent(60)}",
        ),
        click.option(
            "--retries",
            "remaining_retries",
            type=WholeNumber(0, INT_MAX),
            metavar="N",
            help=f"After temporary failures{absent(DEFAULT_RETRIES)}",
        ),
        click.option(
            "--retry-delay",
            "retry_delay_secs",
            type=WholeNumber(0, MAX_DELAY_SECS),
            metavar="SECS",
            help=f"Between calls, at least{absent(60)}",
        ),
        click.option(
            "--delay",
            "delay_secs",
            type=WholeNumber(0, MAX_DELAY_SECS),
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
            type=WholeNumber(-(2**15), 2**15 - 1),
            metavar="N",
            help=f"Smaller goes first{absent(0)}",
        ),
        click.option(
            "--org",
            "organization_id",
            type=ORGANIZATION_ID,
            metavar="N",
            help="The organization_id.",
        ),
    ]


def given_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the *options* that were given; `--delay` and `--at` exclude each other."""
    given = {name: value for name, value in options.items() if value is not None}
    if "delay_secs" in given and "run_at" in given:
        raise click.UsageError("--delay and --at exclude each other")
    return given


def check_callable(job: NewJob) -> None:
    """Refuse a job that no processor would call, or no column holds."""
    reason = why_not_callable(job.http_method, job.url)
    if reason == "bad method":
        reason = f"bad method {job.http_method!r}: not one of {', '.join(_METHODS)}"
    url_bytes = len(job.url.encode("utf-8", "surrogateescape"))
    if reason is None and url_bytes > TEXT_BYTES:
        reason = f"bad url: {url_bytes:,} bytes; at most {TEXT_BYTES:,} fit"
    if reason is not None:
        raise click.UsageError(reason)


_METHODS = sorted(METHODS)


def refuse_masks(given: Mapping[str, Any]) -> None:
    """Refuse `***` in the place of a secret: it was copied from a verb's output."""
    fields = {name: given.get(name) for name in ("url", "headers", "body")}
    for name in masks_in(**fields):
        raise click.UsageError(
            f"the {name} has {MASK} in the place of a secret, which would be sent as it"
            " stands; show --show-secrets prints the secret"
        )
