"""The verbs `hold` and `resume`: hosts that no processor calls, and their end.

`resume NAME` is about processors, as `pause` and `drain` are: a host may be called like
a processor. What is held is named by an option, so that no word means two things.
"""

from dataclasses import asdict

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import common_flags, json_flag, opened_store
from sq_console.cli.meant_host import with_its_port
from sq_console.cli.output import print_error, print_json, print_line, print_table
from sq_console.cli.param_types import Duration, Pace
from sq_console.cli.table import TextColumn
from sq_console.cli.verbs.processors import ask_processors
from sq_console.model import (
    HOLD_ALL,
    HeldJobs,
    Hold,
    HoldEffect,
    Wanted,
)
from sq_console.rules.held_hosts import host_of_url, spreading
from sq_console.store import Store
from sq_console.text.durations import pace_text
from sq_console.text.humanize import capped_count, plural, spoken_duration, time_stamp
from sq_console.text.redact import redact_text

_HOLD_COLUMNS = (
    TextColumn("HOST", least_width=20),
    TextColumn("SINCE", holds_times=True),
    TextColumn("UNTIL", holds_times=True, can_go=True),
    TextColumn("DUE", right=True),
    TextColumn("WHO", least_width=10),
    TextColumn("WHY", least_width=10),
)


@click.command("hold")
@click.argument("host", required=False)
@click.option("--all", "everything", is_flag=True, help="Every host.")
@click.option("--why", metavar="TEXT", help="A reason, for your colleagues.")
@click.option(
    "--for",
    "for_secs",
    type=Duration(),
    metavar="2h",
    help="It ends by itself; else somebody lifts it.",
)
@json_flag
@common_flags
def hold_host(
    host: str | None,
    everything: bool,
    why: str | None,
    for_secs: float | None,
    as_json: bool,
    config: str | None,
) -> None:
    """Have nobody call a host.

    HOST is host[:port], as ls shows it. Its due jobs stay, its calls in flight end;
    every processor obeys within two seconds. Without HOST what is held is listed;
    `resume --host` lifts a hold.
    """
    if host is not None and everything:
        raise click.UsageError("name a host, or --all: not both")
    held = HOLD_ALL if everything else host
    if held is None:
        if why is not None or for_secs is not None:
            raise click.UsageError("which host? name it, or --all")
        _list_holds(config, as_json=as_json)
        return
    if not host_of_url(held):
        raise click.UsageError("an empty HOST names no host")
    if for_secs == 0:
        raise click.UsageError("--for 0s would end at once")
    if not why or not why.strip():
        raise click.UsageError("why? your colleagues will ask: --why 'ticket 42'")
    with opened_store(config) as store:
        held = with_its_port(store, held)
        effect = store.holds.hold(held, current_actor(), why.strip(), for_secs)
    _print_effect(effect, as_json=as_json)


def _list_holds(config: str | None, *, as_json: bool) -> None:
    with opened_store(config) as store:
        held = store.health.every_hold()
    if as_json:
        for each in held:
            print_json(asdict(each.hold) | {"due": each.due, "pending": each.pending})
    else:
        print_table(_HOLD_COLUMNS, [_cells(each) for each in held])


def _cells(held: HeldJobs) -> tuple[object, ...]:
    hold = held.hold
    return (
        subject(hold.host),
        hold.since,
        hold.expires_at,
        capped_count(held.due),
        hold.who,
        redact_text(hold.why),
    )


def subject(host: str) -> str:
    """Return the host, or `everything`."""
    return "everything" if host == HOLD_ALL else host


def hold_text_of(hold: Hold) -> str:
    """Return who holds what, why, since when and until when."""
    since = f" since {time_stamp(hold.since)}" if hold.since else ""
    until = f" until {time_stamp(hold.expires_at)}" if hold.expires_at else ""
    why = f": {redact_text(hold.why)}" if hold.why else ""
    return f"{subject(hold.host)}, by {hold.who}{since}{until}{why}"


def _print_effect(effect: HoldEffect, *, as_json: bool) -> None:
    hold = effect.hold
    if as_json:
        entry = asdict(hold) if hold else {"host": effect.host}
        counts = {"due": effect.due, "running": effect.running}
        print_json(entry | counts | {"known": effect.is_known, "result": "held"})
    else:
        jobs = "job stays" if effect.due == 1 else "jobs stay"
        end = "ends by itself" if effect.running == 1 else "end by themselves"
        print_line(
            f"{subject(effect.host)} is held; {capped_count(effect.due)} due {jobs},"
            f" {plural(effect.running, 'call')} in flight {end}"
        )
    if effect.missing:
        print_error(f"{subject(effect.host)} is held{effect.missing}")
    if not effect.is_known:
        meant = f"; jobs have {', '.join(effect.similar)}" if effect.similar else ""
        print_error(f"no job has the host {effect.host}{meant}")


@click.command("resume")
@click.argument("processor", required=False)
@click.option("--host", metavar="HOST", help="Lift the hold of this host instead.")
@click.option("--all-holds", is_flag=True, help="Lift every hold instead.")
@click.option(
    "--pace",
    type=Pace(),
    metavar="10/s",
    help="Spread the held due jobs first, then lift the hold.",
)
@json_flag
@common_flags
def resume_or_lift(
    processor: str | None,
    host: str | None,
    all_holds: bool,
    pace: float | None,
    as_json: bool,
    config: str | None,
) -> int:
    """Have processors go on, or lift holds.

    PROCESSOR is an id or a name; all of them without one. With --host or --all-holds it
    is not about processors: what was held is called again, at a pace if one is given.
    """
    if (processor is not None) + (host is not None) + all_holds > 1:
        raise click.UsageError("name a processor, or --host, or --all-holds: only one")
    if host is None and not all_holds:
        if pace is not None:
            raise click.UsageError("--pace goes with --host or --all-holds")
        return _resume_processors(processor, config, as_json=as_json)
    with opened_store(config) as store:
        holds = {hold.host: hold for hold in store.reads.holds()}
        if host is not None:
            named = store.holds.effect_on(with_its_port(store, host)).hold
            holds = {} if named is None else {named.host: named}
        if not holds:
            said = "nothing is held" if host is None else f"{host} is not held"
            print_error(f"{said}; `sq-console hold` lists what is")
            return 1
        done = [_lift(store, hold, pace, as_json=as_json) for hold in holds.values()]
    return 0 if all(done) else 1


def _resume_processors(
    processor: str | None, config: str | None, *, as_json: bool
) -> int:
    code = ask_processors(Wanted.RUN, "resume", processor, config, as_json=as_json)
    if code and processor is not None:
        with opened_store(config) as store:
            if store.holds.effect_on(processor).hold is not None:
                advice = f"`sq-console resume --host {processor}` lifts it"
                print_error(f"{processor} is a held host: {advice}")
    return code


def _lift(store: Store, hold: Hold, pace: float | None, *, as_json: bool) -> bool:
    """Lift *hold*, at once or when its due jobs are spread; say so."""
    if pace is not None and (bulk := _spread(store, hold, pace)) is not None:
        bulk_id, counted = bulk
        if as_json:
            entry = {"host": hold.host, "result": "spreading", "bulk_id": bulk_id}
            print_json(entry | {"jobs": counted, "per_second": pace})
        else:
            jobs, took = plural(counted, "due job"), spoken_duration(counted / pace)
            print_line(
                f"{subject(hold.host)}: bulk action {bulk_id} spreads {jobs} at"
                f" {pace_text(pace)}, over {took}; then the hold is lifted"
            )
        return True
    lifted = store.holds.lift(hold.host, current_actor())
    if as_json:
        print_json({"host": hold.host, "result": "lifted" if lifted else "not held"})
    elif lifted:
        print_line(f"{subject(hold.host)} is held no more")
    else:
        print_error(f"{subject(hold.host)} is not held")
    return lifted


def _spread(store: Store, hold: Hold, pace: float) -> tuple[int, int] | None:
    """Begin a bulk action on what is due; None when nothing is."""
    count = store.bulk.count(spreading(hold, pace))
    if not count.counted:
        return None
    actor = current_actor()
    return store.bulk.create(count.request, actor, count.counted), count.counted
