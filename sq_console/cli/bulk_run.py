"""A bulk action of a verb: counted, asked about, created, and worked on while its
progress is shown. An interrupt leaves it to processors and consoles, and says so.
"""

import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.meant_host import with_meant_host
from sq_console.cli.output import (
    print_error,
    print_json,
    print_line,
    write_to_stderr,
)
from sq_console.errors import StoreUnavailable
from sq_console.model import (
    UNENDED,
    BulkCount,
    BulkRequest,
    BulkRow,
    BulkState,
    BulkVerb,
    JobFilter,
    JobState,
)
from sq_console.rules.bulk_edit import why_bad_edit
from sq_console.store import Store
from sq_console.text.bulk_words import (
    bulk_doing,
    bulk_pace,
    bulk_progress,
    bulk_question,
    bulk_result,
    bulk_subject,
)
from sq_console.text.filter_syntax import parse_filter
from sq_console.text.redact import redact_url
from sq_console.text.sanitize import clean

INTERRUPTED = 130
_POLL_SECS = 0.2
_SAMPLES = 3


def filter_of(store: Store, typed: str) -> JobFilter:
    """Return the filter *typed*. Raises UsageError for one that is not understood, and
    for an empty one.
    """
    try:
        wanted = parse_filter(typed, store.reads.now().astimezone())
    except ValueError as error:
        raise click.UsageError(f"--filter: {error}") from None
    if wanted is None:
        raise click.UsageError("an empty --filter would match what it must not")
    return with_meant_host(store, wanted)


def run_bulk(store: Store, request: BulkRequest, *, yes: bool, as_json: bool) -> int:
    """Count, ask, create, and go along; return the exit code."""
    if request.arguments is not None and (why := why_bad_edit(request.arguments)):
        raise click.UsageError(why)
    count = _count(store, request)
    if not count.counted:
        print_error("0 jobs matched; nothing was done")
        return 0
    _show_samples(store, count.request)
    confirm(bulk_question(count), yes=yes)
    bulk_id = store.bulk.create(count.request, current_actor(), count.counted)
    return follow_bulk(store, bulk_id, as_json=as_json)


def follow_bulk(store: Store, bulk_id: int, *, as_json: bool) -> int:
    """Work on bulk action *bulk_id* until it has ended, or an interrupt."""
    worker = f"{socket.gethostname()}:{os.getpid()} {secrets.token_hex(4)}"
    try:
        row = _worked_on(store, bulk_id, worker)
    except StoreUnavailable:
        _show_progress(None)
        goes_on = "was begun, and goes on with any processor or console"
        print_error(f"bulk {bulk_id} {goes_on}: sq-console bulk show {bulk_id}")
        raise
    _show_progress(None)
    print_bulk_result(row, as_json=as_json)
    if not has_ended(row):
        _say_that_it_goes_on(store, row)
        return INTERRUPTED
    return 1 if row.refused or row.state is BulkState.FAILED else 0


def _worked_on(store: Store, bulk_id: int, worker: str) -> BulkRow:
    with interrupts() as interrupted:
        while not has_ended(row := found_bulk(store, bulk_id)) and not interrupted:
            _show_progress(row)
            if not store.bulk.work_batch(worker):
                time.sleep(_POLL_SECS)
    return row


def found_bulk(store: Store, bulk_id: int) -> BulkRow:
    """Return the bulk action of this id. Raises ClickException without one."""
    row = store.bulk.show(bulk_id)
    if row is None:
        raise click.ClickException(f"no bulk action has the id {bulk_id}")
    return row


def has_ended(row: BulkRow) -> bool:
    """Return whether nothing is left to do, and all is counted."""
    is_counted = row.state is not BulkState.STOPPED or row.not_begun is not None
    return row.state not in UNENDED and is_counted


def print_bulk_result(row: BulkRow, *, as_json: bool) -> None:
    """Print the result, as far as it goes."""
    if as_json:
        print_json(bulk_entry(row))
    else:
        print_line(f"bulk {row.id}: {bulk_result(row)}")


def bulk_entry(row: BulkRow) -> dict[str, object]:
    """Return a bulk action as JSON has it."""
    entry = {**asdict(row), "result": bulk_result(row)}
    request = entry.pop("request")
    about = {"verb": row.request.verb, "jobs": bulk_subject(row.request)}
    kept = ("why", "per_second")
    return {"id": entry.pop("id"), **about, **{k: request[k] for k in kept}, **entry}


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; in a script --all is the answer."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)  # the cursor stands behind the question
        print_error("nothing was done")
        raise
    if not agreed:
        raise click.ClickException("nothing was done")


def _count(store: Store, request: BulkRequest) -> BulkCount:
    count = store.bulk.freeze(request)
    while not count.is_complete:
        count = store.bulk.count_on(count)
        show_line(f"counting: {count.counted:,}")
    show_line("")
    return count


def _show_samples(store: Store, request: BulkRequest) -> None:
    """Show what an edit makes of some urls; of headers only that they change."""
    if request.verb is not BulkVerb.EDIT:
        return
    for sample in store.bulk.samples(request, _SAMPLES):
        old, new = (clean(redact_url(url), 300) for url in (sample.url, sample.new_url))
        headers = "  headers changed" if sample.headers != sample.new_headers else ""
        changed = f"{old}\n       -> {new}" if sample.url != sample.new_url else old
        write_to_stderr(f"{sample.job_id:>6} {changed}{headers}")


def _show_progress(row: BulkRow | None) -> None:
    if row is None:
        show_line("")
        return
    pace = bulk_pace(row.request)
    said = f"{bulk_doing(row.request.verb)} {bulk_progress(row)}"
    show_line(f"{said}{f', {pace}' if pace else ''}; ^C leaves it to go on")


def show_line(text: str) -> None:
    """Show one line on a terminal, in the place of the one before."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _say_that_it_goes_on(store: Store, row: BulkRow) -> None:
    is_alive = any(it.alive for it in store.reads.processors())
    goes_on = "goes on" if is_alive else "goes on with the next processor or console"
    print_error(f"bulk {row.id} {goes_on}: sq-console bulk stop {row.id}")


@contextmanager
def interrupts() -> Iterator[list[int]]:
    """Collect interrupts: a batch under way is finished first."""
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def narrowed_to(
    request: BulkRequest, states: tuple[JobState, ...], wanted: JobFilter
) -> BulkRequest:
    """Return *request* for *wanted* jobs; a state that the filter names counts, else
    *states*, where those were asked for.
    """
    if wanted.state is not None and states and wanted.state not in states:
        raise click.UsageError("--state and state: in --filter exclude each other")
    chosen = (wanted.state,) if wanted.state is not None else states
    return replace(request, wanted=replace(wanted, state=None), states=chosen)
