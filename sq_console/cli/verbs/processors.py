"""Verbs about processors: `processors` lists them, `pause` and `drain` ask them;
`resume` is in `hold_hosts`.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.output import print_error, print_json, print_line, print_table
from sq_console.cli.table import TextColumn
from sq_console.errors import StoreRefused
from sq_console.model import LostProcessor, ProcessorRow, Wanted
from sq_console.rules.liveness import LOST, shown_state
from sq_console.store import Store
from sq_console.text.humanize import plural, stopwatch

_PROCESSOR_COLUMNS = (
    TextColumn("ID", right=True),
    TextColumn("NAME", least_width=10),
    TextColumn("STATE"),
    TextColumn("WANTED"),
    TextColumn("RUNNING", right=True),
    TextColumn("HEARTBEAT", right=True),
    TextColumn("VERSION", can_go=True),
    TextColumn("STARTED", holds_times=True, can_go=True),
)


@click.command("processors")
@json_flag
@common_flags
def list_processors(as_json: bool, config: str | None) -> None:
    """List processors: what they do, what is asked of them.

    Those that were lost are listed for a day, with how many jobs were rescued from
    each. In JSON their state is lost.
    """
    with opened_store(config) as store:
        rows, lost = store.reads.processors(), _lost(store)
        now = store.reads.now()
    if as_json:
        for row in rows:
            print_json(asdict(row))
        for one in lost:
            print_json(asdict(one) | {"state": LOST, "alive": False})
    else:
        cells = [_processor_cells(row) for row in rows]
        print_table(
            _PROCESSOR_COLUMNS, [*cells, *(_lost_cells(one, now) for one in lost)]
        )


def _lost(store: Store) -> Sequence[LostProcessor]:
    """An older database has no such table."""
    try:
        return store.reads.lost_processors()
    except StoreRefused as why:
        print_error(f"lost processors are not listed: {why}")
        return ()


def _lost_cells(lost: LostProcessor, now: datetime) -> tuple[object, ...]:
    since = lost.since
    at = f"{since.astimezone():%H:%M}" if since else "-"
    age_secs = (now - since).total_seconds() if since else 0
    return (
        lost.id,
        lost.name,
        f"{LOST} {at}, {plural(lost.rescued, 'job')} rescued",
        "-",
        f"-/{lost.concurrency}",
        f"{stopwatch(age_secs)} ago",
        lost.version,
        lost.started_at,
    )


def _processor_cells(row: ProcessorRow) -> tuple[object, ...]:
    return (
        row.id,
        row.name,
        shown_state(row),
        row.wanted,
        f"{row.running}/{row.concurrency}",
        f"{stopwatch(row.heartbeat_age_secs)} ago",
        row.version,
        row.started_at,
    )


def _asking_verb(verb: str, wanted: Wanted, effect: str) -> click.Command:
    """Make the verb that asks processors for *wanted*."""

    @click.command(verb)
    @click.argument("processor", required=False)
    @json_flag
    @common_flags
    def ask(processor: str | None, as_json: bool, config: str | None) -> int:
        return ask_processors(wanted, verb, processor, config, as_json=as_json)

    ask.help = (
        f"Have processors {effect}.\n\n"
        "PROCESSOR is an id or a name; all of them without one."
    )
    return ask


pause_processors = _asking_verb("pause", Wanted.PAUSE, "start no new call")
drain_processors = _asking_verb("drain", Wanted.DRAIN, "finish their calls and end")


def ask_processors(
    wanted: Wanted,
    verb: str,
    processor: str | None,
    config: str | None,
    *,
    as_json: bool,
) -> int:
    """Ask *processor*, or all, for *wanted*, and say who was asked; return the exit
    code.
    """
    with opened_store(config) as store:
        asked = [
            name
            for chosen in _chosen(store, processor)
            for name in store.actions.want(chosen, wanted, current_actor())
        ]
    for name in asked:
        if as_json:
            print_json({"processor": name, "result": "asked", "wanted": wanted})
        else:
            print_line(f"{name} asked to {verb}")
    if not asked:
        unknown = (
            f"no processor is called {processor}; `sq-console processors` lists them"
        )
        print_error(unknown if processor else "no processor is there to be asked")
    return 0 if asked else 1


def _chosen(store: Store, processor: str | None) -> Sequence[int | None]:
    if processor is None:
        return [None]
    return [
        row.id
        for row in store.reads.processors()
        if processor in (row.name, str(row.id))
    ]
