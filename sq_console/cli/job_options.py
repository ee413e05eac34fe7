"""The fields of a job as options, read and checked before anything is written.

`enqueue` and `edit` take the same options. Their names are the fields of `NewJob`, so
given values go straight into one. A job that `rules/contract.py` refuses is refused
here, with the reason a processor would give.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

from sq_console.cli.param_types import FieldType, read_body, read_moment
from sq_console.model import NewJob
from sq_console.rules.contract import (
    METHODS,
    TEXT_BYTES,
    parse_headers,
    why_not_callable,
)
from sq_console.text.job_fields import DEFAULTS, FIELDS, FILTER_FIELDS, JobField
from sq_console.text.redact import MASK, masks_in
from sq_console.text.secret_names import is_secret

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def _headers(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> str | None:
    """Return *given*, words like `Name: value`, as JSON text."""
    try:
        pairs = _pairs(given)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return json.dumps(dict(pairs)) if pairs else None


def header_pairs(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return words like `Name: value` as pairs. Raises UsageError."""
    try:
        return _pairs(given)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _pairs(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the same. Raises ValueError."""
    headers: dict[str, str] = {}
    for word in given:
        name, colon, value = word.partition(":")
        if not colon:
            raise ValueError(f"{_without_value(word)!r} is not Name: value")
        if name.strip().lower() in (known.lower() for known in headers):
            raise ValueError(f"{name.strip()} is given twice")
        headers[name.strip()] = value.strip()
    if headers:
        parse_headers(json.dumps(headers))
    return tuple(headers.items())


def _without_value(word: str) -> str:
    """Return a header that lacks its colon, for a message that may go into a log."""
    name, space, _ = word.partition(" ")
    return f"{name} {MASK}" if space and is_secret(name) else word


def job_field_options(*, editing: bool) -> Callable[[Decorated], Decorated]:
    """Add all options that describe a job, but for its method and url. The help for a
    new job names the table's defaults; an edited job keeps fields that are not given.
    """

    def decorate(command: Decorated) -> Decorated:
        for field in reversed(FIELDS):
            if field.option:
                command = _option(field, editing=editing)(command)
        return command

    return decorate


def _option(field: JobField, *, editing: bool) -> Callable[[Any], Any]:
    kind = {"type": FieldType(field.kind)} if field.kind else _SYNTAX[field.name]
    return click.option(
        field.option,
        field.name,
        metavar=field.metavar,
        help=f"{field.help}{_if_absent(field.name, editing)}.",
        **kind,
    )


def _if_absent(name: str, editing: bool) -> str:
    if editing:
        return "; all of them are replaced" if name == "headers" else ""
    default = DEFAULTS.get(name)
    return f"; {default} when not given" if isinstance(default, int) else ""


_SYNTAX: dict[str, dict[str, Any]] = {
    "body": {"type": read_body},
    "headers": {"multiple": True, "callback": _headers},
    "run_at": {"type": read_moment},
}
"""By field: how its option is read, where it is not `FieldType`."""


def filter_options(command: Decorated) -> Decorated:
    """Add the options that narrow a list to jobs with one value of a column."""
    for field in reversed(FILTER_FIELDS):
        command = _option(field, editing=True)(command)
    return command


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
