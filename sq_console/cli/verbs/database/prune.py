"""The verb `prune`: old rows are deleted in the foreground, now, as processors do it
with `[retention]`.

It is interrupted without harm: what a batch deletes is committed or not at all, and the
result says how much was. With --export nothing goes that is not in the file, on disk.
"""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.bulk_run import INTERRUPTED, confirm, interrupts, show_line
from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.output import print_error, print_json, print_line
from sq_console.cli.param_types import KeptFor
from sq_console.cli.verbs.database.export_file import ExportFile
from sq_console.errors import RowLocked
from sq_console.model import (
    PRUNED_STATES,
    PruneCut,
    Pruned,
    Retention,
)
from sq_console.rules.upkeep.prune_pace import cuts_of, pause_secs
from sq_console.store import Store
from sq_console.store.retention.work import PruneRun
from sq_console.text.humanize import capped_count, time_stamp
from sq_console.text.pruned.prune_words import jobs_of, kind_words, rows_words

Decorated = TypeVar("Decorated", bound=Callable[..., object])

_SHARE = 0.5
"""Batches take this part of the time: an operator waits for the end."""
_WAIT_SECS = 0.5
_MOST_ENDLESS = 10_001
_AGES = {
    "succeeded": "Jobs that succeeded.",
    "failed": "Jobs that failed.",
    "killed": "Jobs that were killed.",
    "set_aside": "Failures that were set aside.",
    "log": "Log rows of jobs that stay.",
    "activity": "Activity, and bulk actions that have ended.",
}


def _age_options(command: Decorated) -> Decorated:
    for name, text in reversed(_AGES.items()):
        option = f"--{name.replace('_', '-')}"
        command = click.option(option, type=KeptFor(), help=text)(command)
    return command


@click.command("prune")
@click.option("--older", type=KeptFor(), help="Finished jobs, in whatever way.")
@_age_options
@click.option("--dry-run", is_flag=True, help="Only count; nothing is locked.")
@click.option(
    "--export",
    "export_to",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write what goes to FILE first, as JSON lines.",
)
@click.option(
    "--yes", is_flag=True, help="Do not ask; off a terminal nothing is asked."
)
@json_flag
@common_flags
def prune_old_rows(
    older: float | None,
    dry_run: bool,
    export_to: Path | None,
    yes: bool,
    as_json: bool,
    config: str | None,
    **ages: float | None,
) -> int:
    """Delete jobs that ended long ago, with their log.

    How long ago is said by these options, like --older 90d --succeeded 7d, else by
    [retention]. A job that is not finished stays, and so does its log.
    """
    settings = read_settings(config)
    retention = _asked_for(older, ages) or settings.retention
    if not replace(retention, stats=None).is_on:
        raise click.UsageError(
            "nothing says how long rows are kept: [retention] in the settings, or"
            " --older 90d"
        )
    with store_of(settings) as store:
        cuts = cuts_of(retention, store.reads.now())
        if dry_run:
            return _print_count(store, cuts, as_json=as_json)
        store.require_writable()
        if not yes and sys.stdin.isatty() and sys.stderr.isatty():
            counted = rows_words(_counted(store, cuts))
            confirm(f"delete {counted} for good?", yes=yes)
        with _export(store, export_to) as file:
            return _prune(store.retention.run(cuts, current_actor()), file, as_json)


def _asked_for(older: float | None, ages: dict[str, float | None]) -> Retention | None:
    """Return what the options say, and only that; None without any."""
    if older is None and not any(age is not None for age in ages.values()):
        return None
    said = {state.value: older for state in PRUNED_STATES}
    said |= {name: age for name, age in ages.items() if age is not None}
    kept = {name: None if age == float("inf") else age for name, age in said.items()}
    return Retention(**kept)


def _export(
    store: Store, path: Path | None
) -> AbstractContextManager[ExportFile | None]:
    if path is None:
        return nullcontext()
    return ExportFile(path, store.reads.database_uuid())


# Counting


def _counted(store: Store, cuts: tuple[PruneCut, ...]) -> Pruned:
    counted = Pruned()
    for counted in store.retention.count_old(cuts):
        show_line(f"counting: {rows_words(counted)}")
    show_line("")
    return counted


def _print_count(store: Store, cuts: tuple[PruneCut, ...], *, as_json: bool) -> int:
    counted = _counted(store, cuts)
    if as_json:
        print_json(
            {
                "dry_run": True,
                "rows": {cut.kind.value: counted[cut.kind] for cut in cuts},
                "before": {cut.kind.value: cut.before for cut in cuts},
            }
        )
        return 0
    for cut in cuts:
        own_log = ", with their log" if cut.kind in PRUNED_STATES else ""
        before = f"older than {time_stamp(cut.before)}"
        print_line(f"{counted[cut.kind]:>9,} {kind_words(cut.kind)} {before}{own_log}")
        _tell_of_endless(store, cut)
    return 0


def _tell_of_endless(store: Store, cut: PruneCut) -> None:
    if cut.kind in PRUNED_STATES:
        number = store.retention.endless_jobs(cut.kind, _MOST_ENDLESS)
        if number:
            kept = f"{kind_words(cut.kind)} that stay, without last_finished_at"
            print_error(f"{kept}: {capped_count(number)}")


# Deleting


def _prune(run: PruneRun, file: ExportFile | None, as_json: bool) -> int:
    """Go on until it is over, or interrupted; the result is printed in any case."""
    is_done = False
    try:
        with interrupts() as interrupted:
            while not (is_done := run.is_over) and not interrupted:
                _prune_batch(run, file)
    finally:
        show_line("")
        _print_result(run.deleted, is_done=is_done, as_json=as_json)
    return 0 if is_done else INTERRUPTED


def _prune_batch(run: PruneRun, file: ExportFile | None) -> None:
    begun = time.monotonic()
    try:
        bulk_id = run.prune_batch(file)
    except RowLocked:
        show_line("waiting for a lock of somebody else")
        time.sleep(_WAIT_SECS)
        return
    if bulk_id is not None:
        show_line(f"waiting for bulk action {bulk_id} to end")
        time.sleep(_WAIT_SECS)
        return
    show_line(f"{rows_words(run.deleted)} removed; ^C stops")
    time.sleep(pause_secs(time.monotonic() - begun, _SHARE))


def _print_result(deleted: Pruned, *, is_done: bool, as_json: bool) -> None:
    if as_json:
        counts: dict[str, Any] = {kind.value: deleted[kind] for kind in deleted}
        print_json({"jobs": jobs_of(deleted), "rows": counts, "finished": is_done})
        return
    rest = "" if is_done else "; interrupted, run again to go on"
    print_line(f"{rows_words(deleted)} removed{rest}")
