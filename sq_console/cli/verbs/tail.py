"""The verb `tail`: the end of the log, and with -f the rows that follow.

With -f it survives an outage: it prints once that the database is away and once that it
is back, and misses no row in between.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.job_output import log_entry
from sq_console.cli.meant_host import meant_host
from sq_console.cli.output import print_error, print_json, print_line
from sq_console.cli.param_types import JOB_ID, PastMoment, WholeNumber
from sq_console.cli.streams import wait_for_reader
from sq_console.config import Settings
from sq_console.errors import StoreUnavailable
from sq_console.model import JobState, LogEntry, LogEvent
from sq_console.rules.backoff import database_backoff
from sq_console.rules.log_filter import LogFilter, is_failure
from sq_console.store import Store
from sq_console.store.queries.log_places import LogPlaces
from sq_console.store.queries.log_tail import LogTail
from sq_console.text.humanize import time_stamp
from sq_console.text.redact import redact_text

POLL_SECS = 0.5
MOST_LINES = 1_000
SEARCHED_ROWS = 20_000
"""Rows looked at for the last lines that fit --host or --failed."""


@click.command("tail")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is logged next.")
@click.option("--job", "job_id", type=JOB_ID, metavar="ID", help="Of this job only.")
@click.option("--host", help="Of jobs at this host[:port] only.")
@click.option("--failed", is_flag=True, help="Calls that failed only.")
@click.option(
    "--since", type=PastMoment(), help="All since then: 2h, 11:35, 2026-09-01T11:35."
)
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
    follow: bool,
    job_id: int | None,
    host: str | None,
    failed: bool,
    since: Callable[[datetime], datetime] | None,
    last: int,
    as_json: bool,
    config: str | None,
) -> None:
    """Print the end of the log; with -f go on.

    The outcome of a call is followed by the host of its job, unless the job is gone.
    """
    state = JobState.FAILED if failed else None
    wanted = LogFilter(job_id, host.lower() if host else None, state=state)
    search = LogSearch(wanted, last, since)
    for entries in _log_pages(read_settings(config), search, follow=follow):
        print_log(entries, as_json=as_json)


def print_log(
    entries: Sequence[LogEntry], *, as_json: bool, clear: bool = False
) -> None:
    """Print log rows, one a line: for people the time and the row's text."""
    for entry in entries:
        if as_json:
            print_json(log_entry(entry, clear=clear), clear=clear)
        else:
            words = entry.msg if clear else redact_text(entry.msg)
            about = f"{_actor_suffix(entry)}{_host_suffix(entry)}"
            print_line(f"{time_stamp(entry.created_at)} {words}{about}", clear=clear)


def _actor_suffix(entry: LogEntry) -> str:
    is_named = not entry.actor or entry.actor in entry.msg
    return "" if is_named else f" ({entry.actor})"


def _host_suffix(entry: LogEntry) -> str:
    """The words of an outcome do not say where the job leads."""
    is_outcome = is_failure(entry) or entry.event == LogEvent.SUCCEEDED
    return f" ({entry.host})" if entry.host and is_outcome else ""


@dataclass(frozen=True, slots=True)
class LogSearch:
    """Which rows of the log are printed."""

    wanted: LogFilter
    last: int
    since: Callable[[datetime], datetime] | None
    places: LogPlaces = field(default_factory=LogPlaces)

    def first(self, store: Store, log: LogTail) -> Iterator[list[LogEntry]]:
        """Yield the rows that are there, in pages."""
        if self.since is not None:
            log.start(store.reads, 1)
            begin = store.reads.first_log_id(self.since(store.reads.now()))
            yield from self._from(store, begin - 1, log)
            return
        is_narrow = self.wanted.is_narrow
        rows = log.start(store.reads, SEARCHED_ROWS if is_narrow else self.last)
        found = self.fitting(store, rows)
        yield found[-self.last :] if self.last else []
        if is_narrow and len(found) < self.last and len(rows) >= SEARCHED_ROWS:
            print_error(f"only the last {SEARCHED_ROWS:,} rows were looked at")

    def _from(self, store: Store, after: int, log: LogTail) -> Iterator[list[LogEntry]]:
        """Yield the rows up to where *log* goes on."""
        while ids := store.reads.log_ids(after, MOST_LINES, self.wanted.job_id):
            after = ids[-1]
            here = [log_id for log_id in ids if log_id <= log.largest]
            log.note_shown(here)
            yield self.fitting(store, store.reads.log_rows(here))
            if after > log.largest:
                break

    def fitting(self, store: Store, entries: Sequence[LogEntry]) -> list[LogEntry]:
        """Return those of *entries* that fit, each with the host of its job."""
        places = self.places.of(store.reads, {entry.job_id for entry in entries})
        return [
            replace(entry, host=place.host if place else None)
            for entry in entries
            for place in (places.get(entry.job_id),)
            if self.wanted.fits(entry, place)
        ]


def _log_pages(
    settings: Settings, search: LogSearch, *, follow: bool
) -> Iterator[list[LogEntry]]:
    log = LogTail(search.wanted.job_id)
    with store_of(settings) as store:
        if search.wanted.host:
            host = meant_host(store, search.wanted.host)
            search = replace(search, wanted=replace(search.wanted, host=host))
        yield from search.first(store, log)
    if follow:
        yield from _follow(settings, log, search)


def _follow(
    settings: Settings, log: LogTail, search: LogSearch
) -> Iterator[list[LogEntry]]:
    away, backoff = False, database_backoff()
    while True:
        try:
            with store_of(settings) as store:
                if away:
                    print_error("the database is back")
                    away = False
                for entries in _poll(store, log, search):
                    backoff.reset()
                    yield entries
        except StoreUnavailable as error:
            if not away:
                print_error(f"the database is away, waiting for it: {error}")
                away = True
            wait_for_reader(backoff.next_secs())


def _poll(store: Store, log: LogTail, search: LogSearch) -> Iterator[list[LogEntry]]:
    while True:
        entries = log.poll(store.reads, MOST_LINES)
        yield search.fitting(store, entries)
        if len(entries) < MOST_LINES:
            wait_for_reader(POLL_SECS)
