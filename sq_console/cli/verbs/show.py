"""The verb `show`: one job, out of its row and its log."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.job_output import (
    ATTEMPT_COLUMNS,
    attempt_cells,
    attempt_entry,
    job_entry,
    log_entry,
    shown_headers,
)
from sq_console.cli.output import (
    print_error,
    print_fields,
    print_json,
    print_line,
    print_table,
    print_text,
    print_whole_line,
)
from sq_console.cli.param_types import JOB_ID
from sq_console.cli.verbs.hold_hosts import hold_text_of
from sq_console.cli.verbs.tail import print_log
from sq_console.model import Hold, Job, JobState, LogEntry
from sq_console.rules.held_hosts import hold_of
from sq_console.rules.history import Attempt, attempts_of, in_order_of_time
from sq_console.text.bodies import body_as_text
from sq_console.text.humanize import time_stamp
from sq_console.text.job_fields import DEFAULTS, SHOWN_FIELDS
from sq_console.text.redact import header_text, redact_text, redact_url
from sq_console.ui.content.curl import CurlCommand, curl_command


@click.command("show")
@click.argument("job_id", type=JOB_ID, metavar="ID")
@click.option(
    "--show-secrets", "clear", is_flag=True, help="Passwords, tokens and keys too."
)
@click.option("--curl", "as_curl", is_flag=True, help="Its request only, as curl.")
@json_flag
@common_flags
def show_job(
    job_id: int, clear: bool, as_curl: bool, as_json: bool, config: str | None
) -> None:
    """Show one job: what it asks for, every attempt, its log.

    Secrets are shown as *** unless they are asked for; in curl they always are.
    """
    settings = read_settings(config)
    with store_of(settings) as store:
        job, log = store.reads.job(job_id), store.reads.job_log(job_id)
        uuid = store.reads.database_uuid() if as_curl else ""
        hold = hold_of(job, store.reads.holds())
    if as_curl:
        _print_curl(curl_command(job, settings, uuid), as_json=as_json)
        return
    attempts = attempts_of(job, log)
    if as_json:
        print_json(
            job_entry(job, clear=clear)
            | {"hold": None if hold is None else asdict(hold)}
            | {"each_attempt": [attempt_entry(attempt) for attempt in attempts]}
            | {"log": [log_entry(entry, clear=clear) for entry in log]},
            clear=clear,
        )
    else:
        _print_job(job, hold, clear=clear)
        _print_history(attempts, log, clear=clear)


def _print_curl(made: CurlCommand, *, as_json: bool) -> None:
    if as_json:
        entry = {"command": made.command, "differences": made.differences}
        print_json(entry, clear=True)
        return
    for line in made.command.split("\n"):
        print_whole_line(line)
    for difference in made.differences:
        print_error(difference)


def _print_job(job: Job, hold: Hold | None, *, clear: bool) -> None:
    shown = _unmasked if clear else redact_text
    url = job.url if clear else redact_url(job.url)
    held = [] if hold is None else [("held", hold_text_of(hold))]
    print_fields([*_fields(job, url, shown), *held], clear=clear)
    if headers := "\n".join(_header_lines(job, clear=clear)):
        print_text("headers", headers)
    if job.body:
        print_text("body", shown(body_as_text(job.body, job.body_codec)))
    if job.last_response:
        print_text("last response", shown(job.last_response))


def _unmasked(text: str) -> str:
    return text


def _print_history(
    attempts: Sequence[Attempt], log: Sequence[LogEntry], *, clear: bool
) -> None:
    if attempts:
        print_line("attempts:")
        rows = [attempt_cells(attempt) for attempt in attempts]
        print_table(ATTEMPT_COLUMNS, rows, clear=clear)
    if log:
        print_line("log:")
        print_log(in_order_of_time(log), as_json=False, clear=clear)


def _fields(
    job: Job, url: str, shown: Callable[[str], str]
) -> Iterable[tuple[str, object]]:
    yield from (
        ("id", job.id),
        ("state", shown(_state(job))),
        ("request", f"{job.http_method} {url}"),
        ("attempts", job.attempts),
        ("retries left", f"{max(0, job.remaining_retries)}, {_retry_delay(job)}"),
        ("timeout", f"{max(1, job.timeout_secs)} s"),
    )
    yield from _asked(job, shown, always=True)
    yield from (
        ("created", job.created_at),
        ("not before", job.run_at),
        ("last started", job.last_started_at),
        ("last finished", job.last_finished_at),
    )
    yield from _asked(job, shown, always=False)
    rare: tuple[tuple[str, object], ...] = (
        ("last status", job.last_status_code),
        ("processor", job.processor or job.claimed_by),
        ("kill asked", _kill_request(job)),
        ("rescues", job.rescues or None),
        ("made from job", job.requeued_from),
        ("set aside", job.set_aside_at),
        ("bulk action", job.bulk_id),
    )
    yield from ((name, value) for name, value in rare if value is not None)


def _asked(
    job: Job, shown: Callable[[str], str], *, always: bool
) -> Iterator[tuple[str, object]]:
    """What the job was asked for: what every job has, or what is NULL in most."""
    for field in SHOWN_FIELDS:
        value = getattr(job, field.name)
        if (DEFAULTS[field.name] is not None) is always and value not in (None, ""):
            yield field.shown_as, shown(value) if isinstance(value, str) else value


def _state(job: Job) -> str:
    """Return `failed, http 503`; the error of a job that is called again is its last
    call's.
    """
    if job.last_error is None or job.last_error == job.state:
        return str(job.state)
    before = "last call: " if job.state in (JobState.PENDING, JobState.RUNNING) else ""
    return f"{job.state}, {before}{job.last_error}"


def _retry_delay(job: Job) -> str:
    secs = job.retry_delay_secs
    return f"at least {secs} s apart" if secs > 0 else "at once"


def _kill_request(job: Job) -> str | None:
    if job.kill_requested_at is None:
        return None
    return f"{time_stamp(job.kill_requested_at)} by {job.kill_requested_by or '?'}"


def _header_lines(job: Job, *, clear: bool) -> Iterator[str]:
    """Yield `Name: value` for each header; text that is no object stays as it is."""
    headers = shown_headers(job, clear=clear)
    if isinstance(headers, dict):
        yield from (f"{name}: {header_text(value)}" for name, value in headers.items())
    elif headers is not None:
        yield str(headers)
