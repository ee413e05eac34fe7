"""Looking at jobs: `ls` and `show`. Nothing here writes; a list is read in bounded
pages.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

import click

from sq_console.cli.flags import (
    common_flags,
    json_flag,
    opened,
)
from sq_console.cli.kinds import JOB_ID, ORGANIZATION_ID, Whole
from sq_console.cli.output import (
    Column,
    say,
    say_fields,
    say_json,
    say_table,
    say_text,
)
from sq_console.cli.tail import print_log
from sq_console.cli.views import (
    JOB_COLUMNS,
    Attempt,
    attempts_of,
    job_cells,
    job_entry,
    shown_headers,
)
from sq_console.model import Job, JobFilter, JobState, JobSummary, LogEntry
from sq_console.plain import TEXT_CHARS, clean_bytes
from sq_console.rules import redact_url
from sq_console.store.base import Store

PAGE = 200


@click.command
@click.option("--state", type=click.Choice([str(state) for state in JobState]))
@click.option("--host", help="host[:port], as in the url.")
@click.option(
    "--org",
    "organization_id",
    type=ORGANIZATION_ID,
    metavar="N",
    help="The organization_id.",
)
@click.option("--text", help="Part of the url or of the last error.")
@click.option(
    "--limit",
    type=Whole(1, 1_000_000),
    metavar="N",
    default=50,
    show_default=True,
    help="So many at most.",
)
@json_flag
@common_flags
def ls(
    state: str | None,
    host: str | None,
    organization_id: int | None,
    text: str | None,
    limit: int,
    as_json: bool,
    config: str | None,
) -> None:
    """List jobs.

    With --state, pending ones come as they will be called, finished ones newest
    first; without, all by id, newest first.
    """
    wanted = JobFilter(
        state=JobState(state) if state else None,
        host=host.lower() if host else None,
        organization_id=organization_id,
        text=text,
    )
    with opened(config) as store:
        jobs = _pages(store, wanted, limit)
        if as_json:
            for job in jobs:
                say_json(job_entry(job))
        else:
            say_table(JOB_COLUMNS, [job_cells(job) for job in jobs])


def _pages(store: Store, wanted: JobFilter, limit: int) -> Iterator[JobSummary]:
    after: str | None = None
    while limit > 0:
        page = store.reads.jobs(wanted, min(limit, PAGE), after)
        yield from page.jobs
        limit -= len(page.jobs)
        after = page.next
        if after is None:
            return


@click.command
@click.argument("job_id", type=JOB_ID, metavar="ID")
@json_flag
@common_flags
def show(job_id: int, as_json: bool, config: str | None) -> None:
    """Show one job: what it asks for, every attempt, its log."""
    with opened(config) as store:
        job, log = store.reads.job(job_id), store.reads.job_log(job_id)
    attempts = attempts_of(log)
    if as_json:
        say_json(
            job_entry(job)
            | {"each_attempt": [asdict(attempt) for attempt in attempts]}
            | {"log": [asdict(entry) for entry in log]}
        )
    else:
        _describe(job, attempts, log)


def _describe(job: Job, attempts: Sequence[Attempt], log: Sequence[LogEntry]) -> None:
    say_fields(_fields(job))
    if job.body:
        say_text("body", clean_bytes(job.body, TEXT_CHARS, lines=True))
    if job.last_response:
        say_text("last response", job.last_response)
    if attempts:
        say("attempts:")
        say_table(_ATTEMPT_COLUMNS, [_attempt_cells(attempt) for attempt in attempts])
    if log:
        say("log:")
        print_log(log, as_json=False)


def _fields(job: Job) -> Iterable[tuple[str, object]]:
    state = f"{job.state}, {job.last_error}" if job.last_error else job.state
    headers = shown_headers(job.headers)
    yield from (
        ("id", job.id),
        ("state", state),
        ("request", f"{job.http_method} {redact_url(job.url)}"),
        ("attempts", job.attempts),
        ("retries left", f"{job.remaining_retries}, {job.retry_delay_secs} s between"),
        ("timeout", f"{job.timeout_secs} s"),
        ("priority", job.priority),
        ("created", job.created_at),
        ("not before", job.run_at),
        ("last started", job.last_started_at),
        ("last finished", job.last_finished_at),
    )
    rare: tuple[tuple[str, object], ...] = (
        ("organization", job.organization_id),
        ("headers", headers),
        ("last status", job.last_status_code),
        ("processor", job.processor or job.claimed_by),
        ("kill asked", job.kill_requested_at),
        ("kill asked by", job.kill_requested_by),
        ("rescues", job.rescues or None),
        ("made from", job.requeued_from),
    )
    yield from ((name, value) for name, value in rare if value is not None)


_ATTEMPT_COLUMNS = (
    Column("#", right=True),
    Column("STARTED", moment=True),
    Column("RESULT"),
    Column("STATUS", right=True),
    Column("MS", right=True),
    Column("PROCESSOR", squeeze=True),
)


def _attempt_cells(attempt: Attempt) -> tuple[object, ...]:
    return (
        attempt.attempt,
        attempt.started_at,
        attempt.result,
        attempt.status_code,
        attempt.duration_ms,
        attempt.processor,
    )
