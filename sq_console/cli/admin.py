"""The whole rather than one job: `stats`, `processors`, `pause`, `resume`, `drain`,
`init`, `check`.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.checks import link_findings, settings_findings
from sq_console.cli.flags import (
    common_flags,
    json_flag,
    opened,
    opened_with,
    read_settings,
)
from sq_console.cli.output import (
    capped,
    complain,
    say,
    say_fields,
    say_json,
    say_table,
    secs,
)
from sq_console.cli.table import Column
from sq_console.errors import StoreRefused
from sq_console.model import (
    COUNT_CAP,
    Counts,
    Finding,
    Hold,
    Minute,
    ProcessorRow,
    SchemaReport,
    Wanted,
)
from sq_console.store.base import Store

LAST_MINUTES = 60


@click.command
@json_flag
@common_flags
def stats(as_json: bool, config: str | None) -> None:
    """Print counts, latency, throughput and holds."""
    settings = read_settings(config)
    with opened_with(settings) as store:
        counts, minutes = store.reads.counts(), store.reads.minutes(LAST_MINUTES)
        holds, server = store.reads.holds(), store.reads.server()
        processors = store.reads.processors()
    alive = sum(processor.alive for processor in processors)
    if as_json:
        say_json(
            {"database": settings.db.label, "server": server}
            | _counts_entry(counts)
            | {"processors_alive": alive}
            | {"minutes": [asdict(minute) for minute in minutes]}
            | {"holds": [asdict(hold) for hold in holds]}
        )
        return
    say_fields(
        (
            ("database", settings.db.label),
            ("server", server),
            ("time", counts.now),
            ("processors alive", alive),
            *_count_fields(counts),
            *_minute_fields(minutes),
            *_hold_fields(holds),
        )
    )


def _counts_entry(counts: Counts) -> dict[str, object]:
    states = asdict(counts)
    now, oldest = states.pop("now"), states.pop("oldest_due_at")
    return {
        "now": now,
        "counts": states,
        "count_cap": COUNT_CAP,
        "oldest_due_at": oldest,
        "latency_secs": counts.latency_secs,
    }


def _count_fields(counts: Counts) -> Sequence[tuple[str, object]]:
    return (
        ("due", capped(counts.due)),
        ("waiting", capped(counts.waiting)),
        ("running", capped(counts.running)),
        ("succeeded", capped(counts.succeeded)),
        ("failed", capped(counts.failed)),
        ("killed", capped(counts.killed)),
        ("latency", secs(counts.latency_secs)),
    )


def _minute_fields(minutes: Sequence[Minute]) -> Sequence[tuple[str, object]]:
    calls = sum(minute.calls for minute in minutes)
    spent = sum(minute.duration_ms_sum for minute in minutes)
    slowest = max((minute.duration_ms_max for minute in minutes), default=0)
    return (
        ("calls in the last hour", f"{calls:,}"),
        ("mean and longest call", f"{spent // max(1, calls)} ms, {slowest} ms"),
    )


def _hold_fields(holds: Sequence[Hold]) -> Sequence[tuple[str, object]]:
    return [
        ("held", f"{'everything' if hold.host == '*' else hold.host}, by {hold.who}")
        for hold in holds
    ]


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
        row.state if row.alive else "lost",
        row.wanted,
        f"{row.running}/{row.concurrency}",
        f"{secs(row.heartbeat_age_secs)} ago",
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


@click.command
@json_flag
@common_flags
def init(as_json: bool, config: str | None) -> int:
    """Make the tables that are missing; harmless the second time."""
    settings = read_settings(config)
    with opened_with(settings, create=True) as store:
        report = _created(store)
        wrong = [_not_init(found) for found in store.admin.check() if not found.ok]
    if as_json:
        say_json(asdict(report) | {"findings": [asdict(finding) for finding in wrong]})
        return 1 if wrong else 0
    if report.created:
        say(f"{settings.db.label}: made {', '.join(report.created)}")
    if report.present:
        nothing = "" if report.created else f"{settings.db.label}: nothing to make, "
        say(f"{nothing}there already: {', '.join(report.present)}")
    _print_findings(wrong)
    return 1 if wrong else 0


def _not_init(finding: Finding) -> Finding:
    """*finding* without the advice to do what has just been done."""
    return replace(finding, advice="") if "init`" in finding.advice else finding


def _created(store: Store) -> SchemaReport:
    """What was made; nothing, when there are tables that are not as ours: what they
    lack is then told by `check`.
    """
    try:
        return store.admin.create_schema()
    except StoreRefused as error:
        complain(str(error))
        return SchemaReport()


@click.command
@json_flag
@common_flags
def check(as_json: bool, config: str | None) -> int:
    """Look whether settings and tables are right."""
    settings = read_settings(config)
    findings = settings_findings(settings)
    if not as_json:
        _print_findings(findings)
    with opened_with(settings) as store:
        found = [Finding(True, f"connected to {store.reads.server()}")]
        found += [*link_findings(store.reads.link()), *store.admin.check()]
    everything = [*findings, *found]
    good = all(finding.ok for finding in everything)
    if as_json:
        entries = [_finding_entry(finding) for finding in everything]
        say_json({"ok": good, "findings": entries})
    else:
        _print_findings(found)
    return 0 if good else 1


def _finding_entry(finding: Finding) -> dict[str, object]:
    advice = "" if finding.ok else finding.advice
    return asdict(finding) | {"advice": advice}


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        advice = f" -> {finding.advice}" if finding.advice else ""
        say(f"ok {finding.text}" if finding.ok else f"!! {finding.text}{advice}")
