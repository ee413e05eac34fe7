"""The verb `stats`: figures of the whole queue."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from sq_console.cli.common_options import (
    common_flags,
    json_flag,
    read_settings,
    store_of,
)
from sq_console.cli.output import print_fields, print_json, print_line, utc_time
from sq_console.cli.param_types import Duration
from sq_console.cli.verbs.hold_hosts import hold_text_of
from sq_console.config import Settings
from sq_console.model import COUNT_CAP, Counts, Hold, Minute
from sq_console.model.handover import Handover
from sq_console.text.humanize import capped_count, stopwatch
from sq_console.text.verdict_words import verdict_words
from sq_console.ui.content.handover_page import handover_lines
from sq_console.ui.state.readings.handover_reading import read_handover

LAST_MINUTES = 60


@click.command("stats")
@click.option(
    "--since",
    type=Duration(),
    metavar="2h",
    help="A handover instead, in Markdown: what is, and what happened since.",
)
@json_flag
@common_flags
def print_stats(as_json: bool, since: float | None, config: str | None) -> None:
    """Print counts, latency, throughput and holds."""
    settings = read_settings(config)
    if since is not None:
        _print_handover(settings, since, as_json=as_json)
        return
    with store_of(settings) as store:
        counts, minutes = store.reads.counts(), store.reads.minutes(LAST_MINUTES)
        holds, server = store.reads.holds(), store.session.server
        processors = store.reads.processors()
        held = [(hold, store.holds.effect_on(hold.host).due) for hold in holds]
    alive = sum(processor.alive for processor in processors)
    if as_json:
        print_json(
            {"database": settings.db.label, "server": server}
            | _counts_entry(counts)
            | {"processors_alive": alive}
            | {"minutes": [asdict(minute) for minute in minutes]}
            | {"holds": [asdict(hold) for hold in holds]}
        )
        return
    print_fields(
        (
            ("database", settings.db.label),
            ("server", server),
            ("time", counts.now),
            ("processors alive", alive),
            *_count_fields(counts),
            *_minute_fields(minutes),
            *_hold_fields(held),
        )
    )


def _print_handover(settings: Settings, since_secs: float, *, as_json: bool) -> None:
    with store_of(settings) as store:
        handover = read_handover(store, settings.db.label, since_secs)
    if as_json:
        print_json(handover_entry(handover))
        return
    for line in handover_lines(handover, lambda moment: moment.astimezone()):
        print_line(line)


def handover_entry(handover: Handover) -> dict[str, object]:
    """Return *handover* as JSON has it."""
    entry: dict[str, object] = asdict(handover)
    entry.pop("health")
    health: dict[str, object] = asdict(handover.health)
    health.pop("minutes")
    words = verdict_words(handover.verdict, utc_time)
    return {"words": str(words), "now": handover.now} | entry | health


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
        ("due", capped_count(counts.due)),
        ("waiting", capped_count(counts.waiting)),
        ("running", capped_count(counts.running)),
        ("succeeded", capped_count(counts.succeeded)),
        ("failed", capped_count(counts.failed)),
        ("killed", capped_count(counts.killed)),
        ("latency", stopwatch(counts.latency_secs)),
    )


def _minute_fields(minutes: Sequence[Minute]) -> Sequence[tuple[str, object]]:
    calls = sum(minute.calls for minute in minutes)
    spent = sum(minute.duration_ms_sum for minute in minutes)
    slowest = max((minute.duration_ms_max for minute in minutes), default=0)
    return (
        ("calls in the last hour", f"{calls:,}"),
        ("mean and longest call", f"{spent // max(1, calls)} ms, {slowest} ms"),
    )


def _hold_fields(held: Sequence[tuple[Hold, int]]) -> Sequence[tuple[str, object]]:
    return [
        ("held", f"{capped_count(due)} due, {hold_text_of(hold)}") for hold, due in held
    ]
