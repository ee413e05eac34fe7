"""The verb `tail`: the end of the log, and with -f the rows that follow.

With -f it survives an outage: it prints once that the database is away and once that it
is back, and misses no row in between.
"""

from collections.abc import Iterator, Sequence

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.job_output import log_entry
from sq_console.cli.output import print_error, print_json, print_line
from sq_console.cli.param_types import JOB_ID, WholeNumber
from sq_console.cli.streams import wait_for_reader
from sq_console.config import Settings
from sq_console.errors import StoreUnavailable
from sq_console.model import LogEntry
from sq_console.rules.backoff import database_backoff
from sq_console.store import Store
from sq_console.store.queries.log_tail import LogTail
from sq_console.text.humanize import time_stamp
from sq_console.text.redact import redact_text

POLL_SECS = 0.5
MOST_LINES = 1_000


@click.command("tail")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged next.")
@click.option("--job", "job_id", type=JOB_ID, metavar="ID", help="Of this job only.")
@click.option(
    "-n",
    "--lines",
    "last",
    type=WholeNumber(0, MOST_LINES),
    default=20,
    show_default=True,
    metavar="N",
    help="Begin with the last N rows.",
)
@json_flag
@common_flags
def tail_log(
    follow: bool, job_id: int | None, last: int, as_json: bool, config: str | None
) -> None:
    """Print the end of the log; with -f go on."""
    for entries in _log_pages(read_settings(config), job_id, last, follow=follow):
        print_log(entries, as_json=as_json)


def print_log(
    entries: Sequence[LogEntry], *, as_json: bool, clear: bool = False
) -> None:
    """Print log rows, one a line: for people the time and the row's text."""
    for entry in entries:
        if as_json:
            print_json(log_entry(entry, clear=clear))
        else:
            words = entry.msg if clear else redact_text(entry.msg)
            print_line(f"{time_stamp(entry.created_at)} {words}{_actor_suffix(entry)}")


def _actor_suffix(entry: LogEntry) -> str:
    is_named = not entry.actor or entry.actor in entry.msg
    return "" if is_named else f" ({entry.actor})"


def _log_pages(
    settings: Settings, job_id: int | None, last: int, *, follow: bool
) -> Iterator[list[LogEntry]]:
    log = LogTail(job_id)
    with store_of(settings) as store:
        yield log.start(store.reads, last)
    if follow:
        yield from _follow(settings, log)


def _follow(settings: Settings, log: LogTail) -> Iterator[list[LogEntry]]:
    away, backoff = False, database_backoff()
    while True:
        try:
            with store_of(settings) as store:
                if away:
                    print_error("the database is back")
                    away = False
                for entries in _poll(store, log):
                    backoff.reset()
                    yield entries
        except StoreUnavailable as error:
            if not away:
                print_error(f"the database is away, waiting for it: {error}")
                away = True
            wait_for_reader(backoff.next_secs())


def _poll(store: Store, log: LogTail) -> Iterator[list[LogEntry]]:
    while True:
        entries = log.poll(store.reads, MOST_LINES)
        yield entries
        if len(entries) < MOST_LINES:
            wait_for_reader(POLL_SECS)
