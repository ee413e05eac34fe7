"""The verb `activity`: who did what to how many."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import click

from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.output import print_error, print_json, print_table
from sq_console.cli.param_types import PastMoment, WholeNumber
from sq_console.cli.table import TextColumn
from sq_console.model import Activity
from sq_console.rules.activity_folds import (
    FoldedActivity,
    fold_activity,
    matching_person,
)
from sq_console.store import Store
from sq_console.text.redact import redact_text

_COLUMNS = (
    TextColumn("LAST", holds_times=True),
    TextColumn("WHO", least_width=10),
    TextColumn("DID"),
    TextColumn("TIMES", right=True),
    TextColumn("JOBS", right=True),
    TextColumn("TO", least_width=12),
    TextColumn("NOTE", least_width=6, can_go=True),
)


@click.command("activity")
@click.option("--who", metavar="NAME", help="One person: a part of the name.")
@click.option("--since", type=PastMoment(), help="Like 2h, 11:35 or 2026-09-01T11:35.")
@click.option(
    "--limit",
    type=WholeNumber(1, 100_000),
    metavar="N",
    default=200,
    show_default=True,
    help="So many actions at most.",
)
@json_flag
@common_flags
def list_activity(
    who: str | None,
    since: Callable[[datetime], datetime] | None,
    limit: int,
    as_json: bool,
    config: str | None,
) -> None:
    """List what operators did, newest first.

    Equal actions of one person in a row are one line; with --json each is one.
    """
    with opened_store(config) as store:
        found = _found(store, who, since, limit)
    if as_json:
        for one in found:
            print_json(asdict(one))
    else:
        print_table(_COLUMNS, [_cells(folded) for folded in fold_activity(found)])
    if len(found) == limit:
        print_error(f"the last {limit:,}; --limit shows more")


def _found(
    store: Store,
    who: str | None,
    since: Callable[[datetime], datetime] | None,
    limit: int,
) -> Sequence[Activity]:
    if who is not None:
        try:
            who = matching_person(store.activity.people(), who)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
    if since is None:
        return store.activity.newest(limit, who)
    return store.activity.since(since(store.reads.now()), limit, who)


def _cells(folded: FoldedActivity) -> tuple[object, ...]:
    last = folded.last
    return (
        last.created_at,
        last.who,
        last.action,
        len(folded.actions),
        folded.jobs or None,
        _object(folded),
        redact_text(last.note),
    )


def _object(folded: FoldedActivity) -> str:
    last = folded.last
    words = [f"bulk {last.bulk_id}"] if last.bulk_id else []
    if last.job_id and len(folded.actions) == 1:
        words.append(f"job {last.job_id}")
    return " ".join([*words, ", ".join(folded.subjects[:3])]) or "-"
