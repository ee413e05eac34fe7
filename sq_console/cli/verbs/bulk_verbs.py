"""Verbs about bulk actions: `bulk ls`, `show`, `stop` and `pull-back`; and `set-aside`,
which is one as soon as it has a filter.
"""

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.bulk_run import (
    bulk_entry,
    follow_bulk,
    found_bulk,
    has_ended,
    print_bulk_result,
)
from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.output import print_error, print_fields, print_json, print_table
from sq_console.cli.param_types import MAX_ID, WholeNumber
from sq_console.cli.table import TextColumn
from sq_console.model import ActionResult, BulkRow
from sq_console.text.bulk_words import (
    bulk_pace,
    bulk_progress,
    bulk_result,
    bulk_subject,
    bulk_verb_text,
)

_BULK_ID = WholeNumber(1, MAX_ID, "the id of a bulk action")
_COLUMNS = (
    TextColumn("ID", right=True),
    TextColumn("SINCE", holds_times=True, can_go=True),
    TextColumn("WHO", least_width=8),
    TextColumn("WHAT"),
    TextColumn("STATE"),
    TextColumn("PROGRESS", right=True),
    TextColumn("PACE", can_go=True),
    TextColumn("JOBS", least_width=20),
)


@click.group("bulk", context_settings={"help_option_names": ["-h", "--help"]})
def bulk_actions() -> None:
    """Bulk actions: ls, show ID, stop ID, pull-back ID."""


@bulk_actions.command("ls")
@click.option(
    "--limit",
    type=WholeNumber(1, 10_000),
    metavar="N",
    default=50,
    show_default=True,
    help="So many at most.",
)
@json_flag
@common_flags
def list_bulk_actions(limit: int, as_json: bool, config: str | None) -> None:
    """List bulk actions, the newest first."""
    with opened_store(config) as store:
        found = store.bulk.ls(limit)
    if as_json:
        for row in found:
            print_json(bulk_entry(row))
    else:
        print_table(_COLUMNS, [_cells(row) for row in found])


def _cells(row: BulkRow) -> tuple[object, ...]:
    return (
        row.id,
        row.created_at,
        row.who,
        bulk_verb_text(row.request.verb),
        row.state.value,
        bulk_progress(row),
        bulk_pace(row.request) or None,
        bulk_subject(row.request),
    )


@bulk_actions.command("show")
@click.argument("bulk_id", type=_BULK_ID, metavar="ID")
@json_flag
@common_flags
def show_bulk_action(bulk_id: int, as_json: bool, config: str | None) -> None:
    """Show one bulk action."""
    with opened_store(config) as store:
        row = found_bulk(store, bulk_id)
    if as_json:
        print_json(bulk_entry(row))
    else:
        print_fields(_facts(row))


def _facts(row: BulkRow) -> list[tuple[str, object]]:
    return [
        ("bulk action", row.id),
        ("verb", bulk_verb_text(row.request.verb)),
        ("jobs", bulk_subject(row.request)),
        ("by", row.who),
        ("why", row.request.why or None),
        ("pace", bulk_pace(row.request) or "at once"),
        ("state", row.state.value),
        ("counted", f"{row.counted:,}"),
        ("result", bulk_result(row)),
        ("begun", row.created_at),
        ("ended", row.ended_at),
        ("calls until", row.due_until),
        ("stopped by", row.stopped_by),
    ]


@bulk_actions.command("stop")
@click.argument("bulk_id", type=_BULK_ID, metavar="ID")
@json_flag
@common_flags
def stop_bulk_action(bulk_id: int, as_json: bool, config: str | None) -> int:
    """Begin no further batch of it; what is done stays."""
    with opened_store(config) as store:
        found_bulk(store, bulk_id)
        result = store.bulk.stop(bulk_id, current_actor())
        if not result.done and not has_ended(found_bulk(store, bulk_id)):
            return _refuse(result, as_json=as_json)
        if not result.done:
            print_bulk_result(found_bulk(store, bulk_id), as_json=as_json)
            return 0
        follow_bulk(store, bulk_id, as_json=as_json)
        return 0


@bulk_actions.command("pull-back")
@click.argument("bulk_id", type=_BULK_ID, metavar="ID")
@json_flag
@common_flags
def pull_back_bulk_action(bulk_id: int, as_json: bool, config: str | None) -> int:
    """Stop it, and take back the retries nobody has called yet."""
    with opened_store(config) as store:
        found_bulk(store, bulk_id)
        result = store.bulk.pull_back(bulk_id, current_actor())
        if not result.done:
            return _refuse(result, as_json=as_json)
        follow_bulk(store, bulk_id, as_json=as_json)
        return 0


def _refuse(result: ActionResult, *, as_json: bool) -> int:
    reason = result.message.removeprefix("refused: ")
    if as_json:
        print_json({"id": result.job_id, "result": "refused", "reason": reason})
    else:
        print_error(f"bulk {result.job_id} refused: {reason}")
    return 1
