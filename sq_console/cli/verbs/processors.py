"""`processors`, and what can be asked of them: `pause`, `resume`, `drain`."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import common_flags, json_flag, opened
from sq_console.cli.output import complain, say, say_json, say_table
from sq_console.cli.table import Column
from sq_console.model import ProcessorRow, Wanted
from sq_console.rules.processors import shown_state
from sq_console.store import Store
from sq_console.text.humanize import stopwatch

_PROCESSOR_COLUMNS = (
    Column("ID", right=True),
    Column("NAME", least=10),
    Column("STATE"),
    Column("WANTED"),
    Column("RUNNING", right=True),
    Column("HEARTBEAT", right=True),
    Column("VERSION", spare=True),
    Column("STARTED", moment=True, spare=True),
)


@click.command
@json_flag
@common_flags
def processors(as_json: bool, config: str | None) -> None:
    """List processors: what they do, what is asked of them."""
    with opened(config) as store:
        rows = store.reads.processors()
    if as_json:
        for row in rows:
            say_json(asdict(row))
    else:
        say_table(_PROCESSOR_COLUMNS, [_processor_cells(row) for row in rows])


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


@click.command
@click.argument("processor", required=False)
@json_flag
@common_flags
def pause(processor: str | None, as_json: bool, config: str | None) -> int:
    """Have processors start no new call.

    PROCESSOR is an id or a name; all of them without one.
    """
    return _want(Wanted.PAUSE, processor, config, as_json=as_json)


@click.command
@click.argument("processor", required=False)
@json_flag
@common_flags
def resume(processor: str | None, as_json: bool, config: str | None) -> int:
    """Have processors go on.

    PROCESSOR is an id or a name; all of them without one.
    """
    return _want(Wanted.RUN, processor, config, as_json=as_json)


@click.command
@click.argument("processor", required=False)
@json_flag
@common_flags
def drain(processor: str | None, as_json: bool, config: str | None) -> int:
    """Have processors finish their calls and end.

    PROCESSOR is an id or a name; all of them without one.
    """
    return _want(Wanted.DRAIN, processor, config, as_json=as_json)


_VERBS = {Wanted.RUN: "resume", Wanted.PAUSE: "pause", Wanted.DRAIN: "drain"}


def _want(
    wanted: Wanted, processor: str | None, config: str | None, *, as_json: bool
) -> int:
    with opened(config) as store:
        asked = [
            name
            for chosen in _chosen(store, processor)
            for name in store.actions.want(chosen, wanted, current_actor())
        ]
    for name in asked:
        if as_json:
            say_json({"processor": name, "result": "asked", "wanted": wanted})
        else:
            say(f"{name} asked to {_VERBS[wanted]}")
    if not asked:
        unknown = (
            f"no processor is called {processor}; `sq-console processors` lists them"
        )
        complain(unknown if processor else "no processor is there to be asked")
    return 0 if asked else 1


def _chosen(store: Store, processor: str | None) -> Sequence[int | None]:
    if processor is None:
        return [None]
    return [
        row.id
        for row in store.reads.processors()
        if processor in (row.name, str(row.id))
    ]
