"""The verb `ls`: a list of jobs, read in bounded pages."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click

from sq_console.cli.bulk_run import filter_of
from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.completion.values import filter_terms
from sq_console.cli.job_options import filter_options
from sq_console.cli.job_output import JOB_COLUMNS, job_cells, job_entry
from sq_console.cli.meant_host import with_meant_host
from sq_console.cli.output import print_error, print_json, print_table
from sq_console.cli.param_types import WholeNumber
from sq_console.model import (
    SEARCH_WINDOW,
    TEXT_WINDOW,
    JobFilter,
    JobState,
    JobSummary,
)
from sq_console.store import Store

PAGE = 200
SEARCH_PAGES = 20
"""A search that finds little ends after so many pages; each is many rows read."""


@click.command("ls")
@click.option("--state", type=click.Choice([str(state) for state in JobState]))
@click.option("--host", help="host[:port], as in the url.")
@filter_options
@click.option("--text", help="Part of the url or of the last error.")
@click.option(
    "--filter",
    "typed",
    metavar="TERMS",
    shell_complete=filter_terms,
    help="As after / on the console: 'host:x since:2h body:88231'.",
)
@click.option(
    "--limit",
    type=WholeNumber(1, 1_000_000),
    metavar="N",
    default=50,
    show_default=True,
    help="So many at most.",
)
@json_flag
@common_flags
def list_jobs(
    state: str | None,
    host: str | None,
    text: str | None,
    typed: str | None,
    limit: int,
    as_json: bool,
    config: str | None,
    **columns: Any,
) -> None:
    """List jobs.

    With --state, pending ones come as they will be called, finished ones newest
    first; without, all by id, newest first.
    """
    wanted = JobFilter(
        state=JobState(state) if state else None,
        host=host.lower() if host else None,
        text=text,
        **columns,
    )
    if typed is not None and wanted != JobFilter(state=wanted.state):
        raise click.UsageError("--filter says it all; --host, --org, --text go into it")
    with opened_store(config) as store:
        if typed is not None:
            named = filter_of(store, typed)
            wanted = replace(named, state=wanted.state or named.state)
        else:
            wanted = with_meant_host(store, wanted)
        jobs = _pages(store, wanted, limit)
        if as_json:
            for job in jobs:
                print_json(job_entry(job), clear=True)  # it masks a url as a url
        else:
            print_table(JOB_COLUMNS, [job_cells(job) for job in jobs])


def _pages(store: Store, wanted: JobFilter, limit: int) -> Iterator[JobSummary]:
    window = TEXT_WINDOW if wanted.reads_texts else SEARCH_WINDOW
    after: str | None = None
    short = 0
    while limit > 0:
        asked = min(limit, PAGE)
        page = store.reads.jobs(wanted, asked, after)
        yield from page.jobs
        limit -= len(page.jobs)
        short += len(page.jobs) < asked
        after = page.next
        if after is None:
            return
        if short == SEARCH_PAGES:
            print_error(
                f"stopped after {SEARCH_PAGES * window:,} jobs; more may match:"
                " narrow it with --state and --host"
            )
            return
