"""The verb `demo`: the whole product on one machine, with no database to set up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from sq_console.cli.common_options import store_of
from sq_console.cli.output import print_table
from sq_console.cli.param_types import CONCURRENT, WholeNumber
from sq_console.cli.table import TextColumn
from sq_console.cli.verbs.open_console import (
    RunOptions,
    run_headless,
    run_with_screen,
    with_flags,
    with_log_flags,
)
from sq_console.config import LOG_FORMATS, Settings

CONCURRENCY = 8
"""Few enough that some jobs are always waiting."""
INCIDENT_CONCURRENCY = 12
"""Enough for what keeps coming."""


@click.command("demo")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the database here; else it is removed afterwards.",
)
@click.option(
    "--jobs",
    type=WholeNumber(1, 100_000),
    metavar="N",
    help="So many at the start.  [default: 300]",
)
@click.option(
    "--incident",
    is_flag=True,
    help="A queue on a bad night, to practise on.",
)
@click.option("--no-ui", is_flag=True, help="Without a screen.")
@click.option("--once", is_flag=True, help="One pass over the jobs, and a summary.")
@click.option(
    "-n", "--concurrency", type=CONCURRENT, metavar="N", help="Calls in flight at most."
)
@click.option("--log-format", type=click.Choice(LOG_FORMATS))
def run_demo(
    folder: Path | None,
    jobs: int | None,
    incident: bool,
    concurrency: int | None,
    once: bool,
    log_format: str | None,
    **form: Any,
) -> int:
    """Try it, with nothing to set up.

    A built-in handler, a few hundred jobs and an embedded database, which is removed
    at the end.
    """
    if incident and jobs is not None:
        raise click.UsageError("--incident has its own jobs; --jobs excludes it")
    chosen = RunOptions(
        **form,
        once=once,
        until_empty=False,
        procs=None,
        process=True,
        watch=False,
        read_only=False,
        log_file=None,
    )
    usual = INCIDENT_CONCURRENCY if incident else CONCURRENCY
    slots = concurrency or (50 if once else usual)
    with _opened(folder, jobs, incident=incident, live=not once) as settings:
        settings = with_flags(settings, slots, drain_secs=2)
        settings = with_log_flags(settings, None, log_format)
        if not chosen.headless:
            log_file = Path(settings.db.path).with_name("demo.log")
            chosen = replace(chosen, log_file=log_file)
            return run_with_screen(settings, chosen, demo=True)
        code = run_headless(settings, chosen)
        _summarize(settings)
        return code


@contextmanager
def _opened(
    folder: Path | None, jobs: int | None, *, incident: bool, live: bool
) -> Iterator[Settings]:
    # Loaded here: no other verb needs the handler's http.server.
    if incident:
        from sq_console.demo.incident import open_incident

        with open_incident(folder, live=live) as settings:
            if not live:
                yield settings
                return
            with _second_processor(settings):
                yield settings
    else:
        from sq_console.demo import open_demo

        with open_demo(folder, jobs or 300, trickle=live) as settings:
            yield settings


@contextmanager
def _second_processor(settings: Settings) -> Iterator[None]:
    """Another console, as it were, whose processor is paused."""
    from sq_console.processor.thread import ProcessorThread

    other = ProcessorThread(settings.with_concurrency(4), name="web2:4711")
    other.pause("a console on another machine")
    other.start()
    try:
        yield
    finally:
        other.stop()
        other.join()


def _summarize(settings: Settings) -> None:
    """Print a table of the jobs in each state after the pass."""
    with store_of(settings) as store:
        counts = store.reads.counts()
    print_table(
        (TextColumn("STATE"), TextColumn("JOBS", right=True)),
        (
            ("succeeded", counts.succeeded),
            ("failed", counts.failed),
            ("killed", counts.killed),
            ("running", counts.running),
            ("due", counts.due),
            ("waiting", counts.waiting),
        ),
    )
